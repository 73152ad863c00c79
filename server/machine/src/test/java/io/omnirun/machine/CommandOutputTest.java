package io.omnirun.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.google.protobuf.ByteString;
import io.omnirun.guest.proto.process.ProcessEvent;
import io.omnirun.guest.proto.process.ProcessEvent.DataEvent;
import io.omnirun.guest.proto.process.ProcessEvent.ExitedEvent;
import io.omnirun.model.CommandResult;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import org.junit.jupiter.api.Test;

class CommandOutputTest {
  private static final int KEPT_BYTES = 16 * 1024 * 1024;

  private final CommandOutput output = new CommandOutput(OutputMemory.ofNode());

  private void stdout(ByteString bytes) {
    output.accept(
        ProcessEvent.newBuilder().setData(DataEvent.newBuilder().setStdout(bytes)).build());
  }

  private void stderr(ByteString bytes) {
    output.accept(
        ProcessEvent.newBuilder().setData(DataEvent.newBuilder().setStderr(bytes)).build());
  }

  private CommandResult exited(ExitedEvent.Builder exited) {
    output.accept(ProcessEvent.newBuilder().setExited(exited).build());
    return output.result();
  }

  private static ByteString utf8(String text) {
    return ByteString.copyFromUtf8(text);
  }

  @Test
  void bothOutputsAndTheExitCodeAreTold() {
    stdout(utf8("o"));
    stderr(utf8("e"));
    stdout(utf8("ut"));

    assertThat(exited(ExitedEvent.newBuilder().setExitCode(3)))
        .isEqualTo(new CommandResult("out", "e", 3, false));
  }

  @Test
  void aTimeoutIsSaidBehindWhatWasPrinted() {
    stdout(utf8("out"));
    stderr(utf8("err\n"));

    assertThat(exited(ExitedEvent.newBuilder().setExitCode(137).setTimedOut(true)))
        .isEqualTo(new CommandResult("out", "err\ncommand timed out\n", 124, false));
  }

  @Test
  void aStreamThatEndsBeforeTheCommandIsALostGuest() {
    stdout(utf8("out"));

    assertThatThrownBy(output::result)
        .asInstanceOf(type(OmniRunException.class))
        .extracting(OmniRunException::code)
        .isEqualTo(ErrorCode.GUEST_UNREACHABLE);
  }

  /** An object for each of them would not fit into the heap that tests have. */
  @Test
  void aGuestThatWritesSingleBytesCostsNoMoreThanTheBytes() {
    for (int i = 0; i < KEPT_BYTES; i++) {
      stdout(utf8("x"));
      stderr(utf8("y"));
    }

    CommandResult result = exited(ExitedEvent.newBuilder());
    assertThat(result.truncated()).isFalse();
    assertThat(result.stdout()).hasSize(KEPT_BYTES);
    assertThat(result.stderr()).hasSize(KEPT_BYTES);
  }

  @Test
  void theNewestOfALongOutputAreKept() {
    ByteString chunk = utf8("0123456789".repeat(100_000));
    for (int i = 0; i < 20; i++) {
      stdout(chunk);
    }
    stdout(utf8("end"));

    CommandResult result = exited(ExitedEvent.newBuilder());
    assertThat(result.truncated()).isTrue();
    assertThat(result.stdout()).hasSize(KEPT_BYTES).endsWith("6789end");
  }

  @Test
  void aCutWithinACharacterLeavesNoTraceOfIt() {
    stdout(utf8("€".repeat(KEPT_BYTES / 3 + 1)));

    CommandResult result = exited(ExitedEvent.newBuilder());
    assertThat(result.truncated()).isTrue();
    assertThat(result.stdout()).hasSize(KEPT_BYTES / 3).doesNotContain("\uFFFD");
  }

  @Test
  void aCutOfTheGuestsWithinACharacterLeavesNoTraceEither() {
    stdout(utf8("€€").substring(1));

    assertThat(exited(ExitedEvent.newBuilder().setStdoutTruncated(true)).stdout()).isEqualTo("€");
  }

  @Test
  void whatAProgramPrintsWrongIsReplaced() {
    stdout(utf8("€€").substring(1));

    assertThat(exited(ExitedEvent.newBuilder()).stdout()).isEqualTo("\uFFFD\uFFFD€");
  }
}
