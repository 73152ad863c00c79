package io.omnirun.guest.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What callers are told of an agent's errors. */
class AgentFailureTest {
  private static byte[] json(String code, String message) {
    return "{\"code\":\"%s\",\"message\":\"%s\"}"
        .formatted(code, message)
        .getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource({
    "PROCESS, not_found, process with pid 7 not found, PROCESS_NOT_FOUND",
    "FILESYSTEM, not_found, path '/x' does not exist, FILE_NOT_FOUND",
    "PROCESS, unauthenticated, invalid username: 'x', USER_NOT_FOUND",
    "PROCESS, unauthenticated, another token, GUEST_UNREACHABLE",
    "PROCESS, invalid_argument, cwd '/x' does not exist, CWD_NOT_FOUND",
    "PROCESS, invalid_argument, arguments and environment are too large, COMMAND_TOO_LARGE",
    "PROCESS, invalid_argument, no such thing, INVALID_REQUEST",
    "FILESYSTEM, invalid_argument, path '/x' is not a directory, NOT_A_DIRECTORY",
    "FILESYSTEM, invalid_argument, path must not contain a NUL byte, INVALID_PATH",
    "FILESYSTEM, permission_denied, no, PERMISSION_DENIED",
    "FILESYSTEM, resource_exhausted, no space left on device, DISK_FULL",
    "PROCESS, resource_exhausted, resource temporarily unavailable, CAPACITY_EXHAUSTED",
    "PROCESS, internal, stdin is not available, PROCESS_ENDED",
    "PROCESS, unknown, the process has no terminal, PROCESS_NOT_FOUND",
    "PROCESS, internal, panic, GUEST_UNREACHABLE",
    "PROCESS, unavailable, later, GUEST_UNREACHABLE",
    "PROCESS, made_up, x, GUEST_UNREACHABLE",
    "FILESYSTEM, resource_exhausted, there are more than 100000 entries: list less, INVALID_REQUEST",
    "FILESYSTEM, resource_exhausted, there are more directories to watch than fit, INVALID_REQUEST",
    "FILESYSTEM, data_loss, events were lost, GUEST_UNREACHABLE",
  })
  void aConnectErrorBecomesTheCodeThatFits(
      AgentService service, String code, String message, ErrorCode expected) {
    AgentRefusal refusal = AgentRefusal.ofConnect(json(code, message));
    OmniRunException failure = AgentFailure.refused(service, refusal);
    assertThat(failure.code()).isEqualTo(expected);
    assertThat(failure).hasMessage(message).hasCause(refusal);
  }

  @ParameterizedTest
  @CsvSource({
    "400, path must not contain a NUL byte, INVALID_PATH",
    "400, path '/x' is a directory, NOT_A_FILE",
    "400, readlink /etc/passwd/x: not a directory, NOT_A_DIRECTORY",
    "400, open /a: too many levels of symbolic links, INVALID_PATH",
    "400, open /a: file name too long, INVALID_PATH",
    "401, invalid username: 'x', USER_NOT_FOUND",
    "401, unauthorized access, GUEST_UNREACHABLE",
    "403, permission denied, PERMISSION_DENIED",
    "404, path '/x' does not exist, FILE_NOT_FOUND",
    "409, read-only file system, INVALID_REQUEST",
    "416, beyond the end, RANGE_NOT_SATISFIABLE",
    "507, not enough disk space available, DISK_FULL",
    "500, panic, GUEST_UNREACHABLE",
  })
  void theStatusOfAFileTransferBecomesTheCodeThatFits(
      int status, String message, ErrorCode expected) {
    AgentRefusal refusal = AgentRefusal.ofHttp(status, json("ignored", message));
    assertThat(AgentFailure.refused(AgentService.FILES, refusal).code()).isEqualTo(expected);
  }

  @Test
  void anErrorThatIsNotUnderstoodSaysSoInOurWords() {
    AgentRefusal refusal = AgentRefusal.ofConnect("<html>".getBytes(StandardCharsets.UTF_8));
    assertThat(AgentFailure.refused(AgentService.PROCESS, refusal))
        .hasMessage("the sandbox's agent answered unknown")
        .extracting(OmniRunException::code)
        .isEqualTo(ErrorCode.GUEST_UNREACHABLE);
  }

  @Test
  void aThreadThatIsInterruptedStaysSo() {
    IOException cause = new InterruptedIOException("stop");
    assertThat(AgentFailure.lost(cause)).hasCause(cause);
    assertThat(Thread.interrupted()).isTrue();
  }
}
