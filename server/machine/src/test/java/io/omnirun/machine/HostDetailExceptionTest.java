package io.omnirun.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class HostDetailExceptionTest {
  @Test
  void eachCauseIsToldOnce() {
    IOException cause = new IOException("full", new IOException("full"));

    assertThat(HostDetailException.inFull(of(cause))).isEqualTo("it failed; full");
  }

  @Test
  void ofAFileIsToldWhatIsWrongWithIt() {
    assertThat(HostDetailException.inFull(of(new NoSuchFileException("/run/x"))))
        .isEqualTo("it failed; java.nio.file.NoSuchFileException: /run/x");
  }

  @Test
  void oneWithoutAMessageIsToldByItsClass() {
    assertThat(HostDetailException.inFull(of(new EOFException())))
        .isEqualTo("it failed; java.io.EOFException");
  }

  private static OmniRunException of(IOException cause) {
    return new OmniRunException(ErrorCode.MACHINE_FAILED, "it failed", cause);
  }
}
