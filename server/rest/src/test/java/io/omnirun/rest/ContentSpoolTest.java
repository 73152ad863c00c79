package io.omnirun.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What becomes of content that is kept when the host cannot keep it. */
class ContentSpoolTest {
  private static final byte[] LARGE = new byte[ContentSpool.MEMORY_BYTES + 100_000];

  private static FileChannel fullDisk() throws IOException {
    return FileChannel.open(
        Path.of("/dev/full"), StandardOpenOption.READ, StandardOpenOption.WRITE);
  }

  private static FileChannel noFile() throws IOException {
    throw new IOException("No space left on device");
  }

  private static void assertFails(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .asInstanceOf(type(OmniRunException.class))
        .extracting(OmniRunException::code)
        .isEqualTo(code);
  }

  @Test
  void aFullDiskIsNoFaultOfOursAndKeepsNoPermit() {
    SpoolFiles full = new SpoolFiles(1, ContentSpoolTest::fullDisk);
    SpoolFiles none = new SpoolFiles(1, ContentSpoolTest::noFile);
    for (int i = 0; i < 2; i++) {
      assertFails(
          ErrorCode.NO_SPACE, () -> ContentSpool.fill(new ByteArrayInputStream(LARGE), full));
      assertFails(
          ErrorCode.NO_SPACE, () -> ContentSpool.fill(new ByteArrayInputStream(LARGE), none));
    }
    assertThat(ErrorCode.NO_SPACE.httpStatus()).isBetween(400, 499);
  }

  @Test
  void aBodyThatBreaksOffIsNotTakenForAFullDisk() {
    IOException broken = new IOException("the client is gone");
    InputStream breaking =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw broken;
          }
        };
    assertThatThrownBy(
            () ->
                ContentSpool.fill(
                    new SequenceInputStream(new ByteArrayInputStream(LARGE), breaking),
                    SpoolFiles.temporary(1)))
        .isSameAs(broken);
  }

  @Test
  void asManyFilesAsThereMayBeAndNoMore() throws Exception {
    SpoolFiles one = SpoolFiles.temporary(1);
    try (ContentSpool kept = ContentSpool.fill(new ByteArrayInputStream(LARGE), one)) {
      assertFails(
          ErrorCode.CAPACITY_EXHAUSTED,
          () -> ContentSpool.fill(new ByteArrayInputStream(LARGE), one));
      assertThat(kept.open()).hasSameContentAs(new ByteArrayInputStream(LARGE));
    }
    ContentSpool.fill(new ByteArrayInputStream(LARGE), one).close();
  }
}
