package io.omnirun.guest;

import java.nio.ByteBuffer;

/**
 * The buffer of a copy loop that waits most of the time: small while little comes, as large as one
 * record while much does. Used by one thread.
 */
final class CopyBuffer {
  /** A keystroke, an event, a small request: all that most reads of an idle connection bring. */
  static final int SMALL_BYTES = 1024;

  /** One record: larger buffers bring nothing, smaller ones cost rate. */
  static final int LARGE_BYTES = 64 * 1024;

  private ByteBuffer buffer = ByteBuffer.allocate(SMALL_BYTES).limit(0);

  /**
   * An empty buffer for the next read, given that the last one left its bytes up to the buffer's
   * limit: large after a small one was filled, small after a large one was hardly used.
   */
  ByteBuffer forNextRead() {
    int lastBytes = buffer.limit();
    if (buffer.capacity() == SMALL_BYTES && lastBytes == SMALL_BYTES) {
      buffer = ByteBuffer.allocate(LARGE_BYTES);
    } else if (buffer.capacity() == LARGE_BYTES && lastBytes <= SMALL_BYTES) {
      buffer = ByteBuffer.allocate(SMALL_BYTES);
    }
    return buffer.clear();
  }
}
