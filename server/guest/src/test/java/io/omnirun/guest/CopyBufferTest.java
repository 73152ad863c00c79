package io.omnirun.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class CopyBufferTest {
  private final CopyBuffer buffers = new CopyBuffer();

  /** What the next buffer is after a read of so many bytes. */
  private ByteBuffer afterReading(ByteBuffer buffer, int bytes) {
    buffer.put(new byte[bytes]).flip();
    ByteBuffer next = buffers.forNextRead();
    assertThat(next.remaining()).isEqualTo(next.capacity());
    return next;
  }

  @Test
  void theBufferIsAsLargeAsWhatComes() {
    ByteBuffer buffer = buffers.forNextRead();
    assertThat(buffer.capacity()).isEqualTo(CopyBuffer.SMALL_BYTES);
    buffer = afterReading(buffer, CopyBuffer.SMALL_BYTES - 1);
    assertThat(buffer.capacity()).isEqualTo(CopyBuffer.SMALL_BYTES);
    buffer = afterReading(buffer, CopyBuffer.SMALL_BYTES);
    assertThat(buffer.capacity()).isEqualTo(CopyBuffer.LARGE_BYTES);
    buffer = afterReading(buffer, CopyBuffer.SMALL_BYTES + 1);
    assertThat(buffer.capacity()).isEqualTo(CopyBuffer.LARGE_BYTES);
    buffer = afterReading(buffer, CopyBuffer.SMALL_BYTES);
    assertThat(buffer.capacity()).isEqualTo(CopyBuffer.SMALL_BYTES);
  }
}
