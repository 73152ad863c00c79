package io.omnirun.guest.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.google.protobuf.ByteString;
import io.omnirun.guest.GoProgram;
import io.omnirun.guest.MuxFront;
import io.omnirun.guest.link.GuestDialer;
import io.omnirun.guest.proto.process.CloseStdinRequest;
import io.omnirun.guest.proto.process.ConnectRequest;
import io.omnirun.guest.proto.process.ListRequest;
import io.omnirun.guest.proto.process.PTY;
import io.omnirun.guest.proto.process.ProcessConfig;
import io.omnirun.guest.proto.process.ProcessEvent;
import io.omnirun.guest.proto.process.ProcessInput;
import io.omnirun.guest.proto.process.ProcessSelector;
import io.omnirun.guest.proto.process.Replay;
import io.omnirun.guest.proto.process.SendInputRequest;
import io.omnirun.guest.proto.process.SendSignalRequest;
import io.omnirun.guest.proto.process.Signal;
import io.omnirun.guest.proto.process.StartRequest;
import io.omnirun.guest.proto.process.UpdateRequest;
import io.omnirun.guest.proto.v1.ProcessRecord;
import io.omnirun.guest.yamux.YamuxSession;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands through the agent itself, over the whole path. */
@Timeout(120)
class AgentClientTest {
  @TempDir Path folder;

  private GoProgram program;
  private MuxFront front;
  private GuestHttp http;
  private AgentClient agent;

  @BeforeEach
  void startAgent() throws IOException {
    program = GoProgram.agent(folder.resolve("vmm.sock"));
    Path socket = folder.resolve("front.sock");
    front =
        MuxFront.open(
            GuestDialer.virtioSerial(folder.resolve("vmm.sock")),
            socket,
            true,
            Duration.ofSeconds(60));
    http = GuestHttp.start();
    front.addTo(http.sessions());
    agent = new AgentClient(http, socket, () -> "");
  }

  @AfterEach
  void stopAgent() {
    http.close();
    front.close();
    program.close();
  }

  private static StartRequest shell(String command) {
    ProcessConfig config =
        ProcessConfig.newBuilder().setCmd("/bin/sh").addArgs("-c").addArgs(command).build();
    return StartRequest.newBuilder().setProcess(config).setUser("root").setEndAtExit(true).build();
  }

  private static List<ProcessEvent> drain(ProcessStream stream) {
    List<ProcessEvent> events = new ArrayList<>();
    for (Optional<ProcessEvent> event = stream.next(); event.isPresent(); event = stream.next()) {
      events.add(event.get());
    }
    return events;
  }

  private static String output(List<ProcessEvent> events) {
    ByteString all = ByteString.EMPTY;
    for (ProcessEvent event : events) {
      all = all.concat(event.getData().getStdout()).concat(event.getData().getPty());
    }
    return all.toStringUtf8();
  }

  private static int exitCode(List<ProcessEvent> events) {
    return events.stream()
        .filter(ProcessEvent::hasExited)
        .mapToInt(event -> event.getExited().getExitCode())
        .findFirst()
        .orElseThrow();
  }

  private static int handle(ProcessStream stream) {
    return stream.next().orElseThrow().getStart().getHandle();
  }

  private static ProcessSelector selector(int handle) {
    return ProcessSelector.newBuilder().setHandle(handle).build();
  }

  private static void assertRefused(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .asInstanceOf(type(OmniRunException.class))
        .extracting(OmniRunException::code)
        .isEqualTo(code);
  }

  @Test
  void processesThatRunAreForgottenOnlyWithAllOthers() {
    try (ProcessStream over = agent.start(shell("true"))) {
      drain(over);
    }
    try (ProcessStream stream = agent.start(shell("read -r line; echo \"$line\""))) {
      int running = handle(stream);
      agent.forgetFinished();
      assertThat(agent.readProcesses(0, 0).getProcessesList())
          .extracting(ProcessRecord::getHandle)
          .containsExactly(running);
      agent.forgetAll();
      assertThat(agent.readProcesses(0, 0).getProcessesList()).isEmpty();
      assertRefused(ErrorCode.PROCESS_NOT_FOUND, () -> agent.readProcesses(running, 0));
    }
  }

  @Test
  void theAgentSaysThatItServes() {
    assertThat(agent.health().getKernelRelease()).isNotEmpty();
  }

  @Test
  void theAgentMeasuresTheGuest() {
    assertThat(agent.metrics().getMemTotalBytes()).isPositive();
  }

  @Test
  void theAgentWritesOutWhatIsDirty() {
    agent.sync();
  }

  @Test
  void aCommandsOutputAndExitCodeArrive() {
    try (ProcessStream stream = agent.start(shell("echo out; exit 7"))) {
      List<ProcessEvent> events = drain(stream);
      assertThat(events.getFirst().hasStart()).isTrue();
      assertThat(output(events)).isEqualTo("out\n");
      assertThat(exitCode(events)).isEqualTo(7);
    }
  }

  @Test
  void aCommandThatIsSilentIsNotLostForTheAgentSaysThatItIsThere() {
    KeepAlive brief = new KeepAlive(Duration.ofSeconds(1), Duration.ofSeconds(30));
    AgentClient client = new AgentClient(http, folder.resolve("front.sock"), () -> "", brief);
    try (ProcessStream stream = client.start(shell("cat"))) {
      int handle = handle(stream);
      assertThat(stream.next().orElseThrow().hasKeepalive()).isTrue();
      assertThat(stream.next().orElseThrow().hasKeepalive()).isTrue();
      agent.closeStdin(CloseStdinRequest.newBuilder().setProcess(selector(handle)).build());
      assertThat(exitCode(drain(stream))).isZero();
    }
  }

  @Test
  void muchOutputArrivesWhole() {
    try (ProcessStream stream = agent.start(shell("seq 1 200000"))) {
      assertThat(output(drain(stream)).lines()).hasSize(200_000).endsWith("200000");
    }
  }

  @Test
  void inputReachesAProcessUntilItIsEnded() {
    try (ProcessStream stream = agent.start(shell("cat"))) {
      ProcessSelector cat = selector(handle(stream));
      agent.sendInput(
          SendInputRequest.newBuilder()
              .setProcess(cat)
              .setInput(ProcessInput.newBuilder().setStdin(ByteString.copyFromUtf8("typed")))
              .build());
      agent.closeStdin(CloseStdinRequest.newBuilder().setProcess(cat).build());
      assertThat(output(drain(stream))).isEqualTo("typed");
    }
  }

  @Test
  void aTerminalHasTheSizeItIsGiven() {
    PTY.Size small = PTY.Size.newBuilder().setCols(10).setRows(20).build();
    PTY.Size large = PTY.Size.newBuilder().setCols(101).setRows(77).build();
    StartRequest request =
        shell("read line; stty size").toBuilder().setPty(PTY.newBuilder().setSize(small)).build();
    try (ProcessStream stream = agent.start(request)) {
      ProcessSelector shell = selector(handle(stream));
      agent.update(
          UpdateRequest.newBuilder()
              .setProcess(shell)
              .setPty(PTY.newBuilder().setSize(large))
              .build());
      agent.sendInput(
          SendInputRequest.newBuilder()
              .setProcess(shell)
              .setInput(ProcessInput.newBuilder().setPty(ByteString.copyFromUtf8("\n")))
              .build());
      assertThat(output(drain(stream))).contains("77 101");
    }
  }

  @Test
  void aSignalEndsAProcess() {
    try (ProcessStream stream = agent.start(shell("exec sleep 1000"))) {
      agent.sendSignal(
          SendSignalRequest.newBuilder()
              .setProcess(selector(handle(stream)))
              .setSignal(Signal.SIGNAL_SIGKILL)
              .build());
      assertThat(exitCode(drain(stream))).isEqualTo(137);
    }
  }

  @Test
  void aProcessOutlivesItsStreamAndItsOutputIsReplayed() {
    int handle;
    try (ProcessStream stream = agent.start(shell("echo first; read line; echo $line"))) {
      handle = handle(stream);
    }
    ConnectRequest request =
        ConnectRequest.newBuilder()
            .setProcess(selector(handle))
            .setReplay(Replay.getDefaultInstance())
            .setEndAtExit(true)
            .build();
    try (ProcessStream stream = agent.connect(request)) {
      agent.sendInput(
          SendInputRequest.newBuilder()
              .setProcess(selector(handle))
              .setInput(ProcessInput.newBuilder().setStdin(ByteString.copyFromUtf8("second\n")))
              .build());
      assertThat(output(drain(stream))).isEqualTo("first\nsecond\n");
    }
    assertThat(agent.readProcesses(handle, 1000).getProcesses(0).getStdout().toStringUtf8())
        .isEqualTo("first\nsecond\n");
    assertThat(agent.list(ListRequest.newBuilder().setIncludeFinished(true).build()))
        .satisfies(list -> assertThat(list.getProcesses(0).getHandle()).isEqualTo(handle));
  }

  @Test
  void whatCannotBeStartedIsSaidAtTheStart() {
    StartRequest unknownUser = shell("true").toBuilder().setUser("nobody-has-this").build();
    assertRefused(ErrorCode.USER_NOT_FOUND, () -> agent.start(unknownUser));
    ProcessConfig nowhere = shell("true").getProcess().toBuilder().setCwd("/no/such").build();
    StartRequest unknownFolder = shell("true").toBuilder().setProcess(nowhere).build();
    assertRefused(ErrorCode.CWD_NOT_FOUND, () -> agent.start(unknownFolder));
    StartRequest tooLong = shell("#" + "x".repeat(200_000));
    assertRefused(ErrorCode.COMMAND_TOO_LARGE, () -> agent.start(tooLong));
  }

  @Test
  void aHandleThatNobodyHasIsNotFound() {
    SendSignalRequest request =
        SendSignalRequest.newBuilder()
            .setProcess(selector(4711))
            .setSignal(Signal.SIGNAL_SIGTERM)
            .build();
    assertRefused(ErrorCode.PROCESS_NOT_FOUND, () -> agent.sendSignal(request));
  }

  @Test
  void manyCommandsRunAtATime() throws Exception {
    try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<String>> outputs = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        String command = "echo " + i;
        outputs.add(
            callers.submit(
                () -> {
                  try (ProcessStream stream = agent.start(shell(command))) {
                    return output(drain(stream));
                  }
                }));
      }
      for (int i = 0; i < outputs.size(); i++) {
        assertThat(outputs.get(i).get()).isEqualTo(i + "\n");
      }
    }
  }

  @Test
  void aCommandThatLosesItsGuestFailsAndSoDoTheNext() {
    try (ProcessStream stream = agent.start(shell("sleep 1000"))) {
      assertThat(handle(stream)).isPositive();
      program.close();
      assertRefused(ErrorCode.GUEST_UNREACHABLE, stream::next);
    }
    assertRefused(ErrorCode.GUEST_UNREACHABLE, agent::health);
  }

  /** A session has few: were one kept for each reader that has left, there would be none soon. */
  @Test
  void readersThatLeaveEarlyGiveTheirStreamsBack() {
    try (ProcessStream stream = agent.start(shell("cat"))) {
      ConnectRequest request =
          ConnectRequest.newBuilder().setProcess(selector(handle(stream))).build();
      for (int i = 0; i < 2 * YamuxSession.MAX_STREAMS; i++) {
        agent.connect(request).close();
      }
      agent.sendSignal(
          SendSignalRequest.newBuilder()
              .setProcess(request.getProcess())
              .setSignal(Signal.SIGNAL_SIGKILL)
              .build());
    }
  }

  @Test
  void callsOneAfterTheOtherCostLittle() {
    int rounds = 2_000;
    for (int i = 0; i < rounds; i++) {
      agent.health();
    }
    long start = System.nanoTime();
    for (int i = 0; i < rounds; i++) {
      agent.health();
    }
    System.out.printf("health: %.0f us%n", (System.nanoTime() - start) / 1e3 / rounds);
    assertThat(front.ended()).isNotDone();
  }
}
