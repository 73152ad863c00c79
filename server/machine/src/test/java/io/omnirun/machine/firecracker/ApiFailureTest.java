package io.omnirun.machine.firecracker;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Messages reach tenants: what the API says of the host stays with its operator. */
class ApiFailureTest {
  /** One of each kind, as Firecracker words them. */
  private enum Fault {
    FULL(
        ErrorCode.NO_SPACE,
        "Create snapshot error: Cannot write /the/hosts/file: No space left on device (os error 28)"),
    MEMORY(
        ErrorCode.CAPACITY_EXHAUSTED,
        "Start microvm error: Cannot create mmap region of /the/hosts/file: Out of memory (os error"
            + " 12)"),
    SNAPSHOT(
        ErrorCode.TEMPLATE_NOT_READY,
        "Load snapshot error: Failed to load guest memory: /the/hosts/file is too small"),
    PERMISSION(
        ErrorCode.MACHINE_FAILED,
        "Drive config error: Error manipulating the backing file: Permission denied (os error 13)"
            + " /the/hosts/file"),
    OTHER(ErrorCode.MACHINE_FAILED, "Invalid request method and/or path: PUT /the/hosts/file.");

    private final ErrorCode code;
    private final String text;

    Fault(ErrorCode code, String text) {
      this.code = code;
      this.text = text;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRefusalsTextIsTheOperatorsAlone(Fault fault) {
    OmniRunException failure = ApiFailure.refused("PUT /drives/base", fault.text);

    assertThat(failure.code()).isEqualTo(fault.code);
    assertIsToldToOperatorsAlone(failure, fault.text);
  }

  @Test
  void whyThereWasNoAnswerIsTheOperatorsAlone() {
    IOException cause = new IOException("/the/hosts/file is no socket");

    assertIsToldToOperatorsAlone(ApiFailure.unreachable("GET /", cause), "/the/hosts/file");
    assertIsToldToOperatorsAlone(ApiFailure.unreadable("GET /", cause), "/the/hosts/file");
  }

  private static void assertIsToldToOperatorsAlone(OmniRunException failure, String text) {
    assertThat(failure).hasMessageNotContainingAny(text, "/the/hosts/file", "PUT ", "GET ");
    assertThat(failure).hasStackTraceContaining(text);
  }
}
