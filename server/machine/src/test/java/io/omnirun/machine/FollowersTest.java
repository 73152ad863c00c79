package io.omnirun.machine;

import static io.omnirun.machine.EndlessAgent.printed;
import static io.omnirun.machine.EndlessAgent.started;
import static io.omnirun.machine.EndlessAgent.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.ports.OutputEvent;
import io.omnirun.core.ports.OutputEvent.Channel;
import io.omnirun.core.ports.ProcessOutput;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.guest.proto.process.ProcessEvent;
import io.omnirun.guest.proto.process.ProcessEvent.DataEvent;
import io.omnirun.guest.proto.process.ProcessEvent.ExitedEvent;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.ProcessKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a follower makes of what an agent tells, honest or not. */
@Timeout(60)
class FollowersTest {
  @TempDir Path folder;

  private GuestHttp http;
  private Path socket;
  private AgentGuest guest;

  @BeforeEach
  void connect() {
    http = GuestHttp.start();
    socket = folder.resolve("guest.sock");
    guest = new AgentGuest(GuestResources.ofNode(http), socket);
  }

  @AfterEach
  void close() {
    http.close();
  }

  private ProcessOutput follow(ProcessKind kind, long newestBytes) {
    return guest.control().follow(kind, 1, newestBytes);
  }

  private static String text(OutputEvent event) {
    return event instanceof OutputEvent.Printed printed
        ? printed.channel()
            + (printed.afterLoss() ? " after loss " : " ")
            + StandardCharsets.UTF_8.decode(printed.bytes())
        : event.toString();
  }

  private static DataEvent.Builder data(String text, long offset) {
    return DataEvent.newBuilder().setStdout(utf8(text)).setOffset(offset);
  }

  private static ProcessEvent.Builder exited(ExitedEvent.Builder exited) {
    return ProcessEvent.newBuilder().setExited(exited);
  }

  private static void assertFails(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .asInstanceOf(InstanceOfAssertFactories.type(OmniRunException.class))
        .extracting(OmniRunException::code)
        .isEqualTo(code);
  }

  @Test
  void gapsInTheOffsetsAreLosses() throws IOException {
    try (EndlessAgent agent =
            EndlessAgent.start(
                socket,
                started(false),
                printed(data("ab", 0)),
                printed(data("cd", 2)),
                printed(data("ij", 8)),
                exited(ExitedEvent.newBuilder().setExitCode(3)));
        ProcessOutput output = follow(ProcessKind.COMMAND, 0)) {
      assertThat(text(output.next())).isEqualTo(Channel.STDOUT + " ab");
      assertThat(text(output.next())).isEqualTo(Channel.STDOUT + " cd");
      assertThat(text(output.next())).isEqualTo(Channel.STDOUT + " after loss ij");
      assertThat(output.next()).isEqualTo(new OutputEvent.Exited(3, true));
    }
  }

  @Test
  void whoWantsTheNewestMissesNothingBeforeIt() throws IOException {
    try (EndlessAgent agent =
            EndlessAgent.start(
                socket,
                started(true),
                printed(DataEvent.newBuilder().setPty(utf8("x")).setOffset(7)),
                exited(ExitedEvent.newBuilder().setStdoutTruncated(true)));
        ProcessOutput output = follow(ProcessKind.TERMINAL, 64)) {
      assertThat(text(output.next())).isEqualTo(Channel.STDOUT + " x");
      assertThat(output.next()).isEqualTo(new OutputEvent.Exited(0, false));
    }
  }

  @Test
  void outputThatWasPushedOutWholeIsALoss() throws IOException {
    try (EndlessAgent agent =
            EndlessAgent.start(
                socket, started(false), exited(ExitedEvent.newBuilder().setStderrTruncated(true)));
        ProcessOutput output = follow(ProcessKind.COMMAND, 0)) {
      assertThat(output.next()).isEqualTo(new OutputEvent.Exited(0, true));
    }
  }

  @Test
  void anAgentThatDiesInTheMiddleIsNoEndOfTheProcess() throws IOException {
    EndlessAgent agent = EndlessAgent.start(socket, started(false), printed(data("ab", 0)));
    agent.dieThen();
    try (ProcessOutput output = follow(ProcessKind.COMMAND, 0)) {
      agent.close();
      assertThat(text(output.next())).isEqualTo(Channel.STDOUT + " ab");
      assertFails(ErrorCode.GUEST_UNREACHABLE, output::next);
    }
    assertFails(ErrorCode.GUEST_UNREACHABLE, () -> follow(ProcessKind.COMMAND, 0));
  }

  @Test
  void whoeverWaitsIsLetGoWhenTheFollowerIsClosed() throws Exception {
    try (EndlessAgent agent = EndlessAgent.start(socket, started(false));
        ProcessOutput output = follow(ProcessKind.COMMAND, 0)) {
      Thread closing = Thread.ofVirtual().start(output::close);
      assertFails(ErrorCode.GUEST_UNREACHABLE, output::next);
      closing.join();
    }
  }

  @Test
  void aTerminalIsNoCommand() throws IOException {
    try (EndlessAgent agent = EndlessAgent.start(socket, started(true))) {
      assertFails(ErrorCode.PROCESS_NOT_FOUND, () -> follow(ProcessKind.COMMAND, 0));
    }
  }

  @Test
  void aStreamThatBeginsWithoutAStartIsNotBelieved() throws IOException {
    try (EndlessAgent agent = EndlessAgent.start(socket, printed(data("ab", 0)))) {
      assertFails(ErrorCode.PROCESS_NOT_FOUND, () -> follow(ProcessKind.COMMAND, 0));
    }
  }
}
