package io.omnirun.guest.link;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * Reads a channel through a buffer, so that small records cost no system call each and large ones
 * no copy. Used by one thread.
 */
final class LinkInput {
  /** Two records: while one is taken in, the next can have come with it. */
  private static final int BUFFER_BYTES = 2 * LinkConnection.MAX_WIRE_BYTES;

  private final SocketChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).flip();

  LinkInput(SocketChannel channel) {
    this.channel = channel;
  }

  /**
   * Blocks until {@code count} bytes have come; they stand at the position of the buffer that is
   * returned, which is this object's own: valid until the next call.
   */
  ByteBuffer require(int count) throws IOException {
    while (buffer.remaining() < count) {
      fill(count);
    }
    return buffer;
  }

  void skip(int count) {
    buffer.position(buffer.position() + count);
  }

  /** Whether there is a byte already. Does not block. */
  boolean hasMore() throws IOException {
    if (buffer.hasRemaining()) {
      return true;
    }
    channel.configureBlocking(false);
    try {
      fill(1);
    } finally {
      channel.configureBlocking(true);
    }
    return buffer.hasRemaining();
  }

  private void fill(int wanted) throws IOException {
    // Moving what is left to the front for every arrival would copy a record many times.
    if (!buffer.hasRemaining() || buffer.capacity() - buffer.position() < wanted) {
      buffer.compact().flip();
    }
    int start = buffer.position();
    int end = buffer.limit();
    buffer.limit(buffer.capacity()).position(end);
    int count = channel.read(buffer);
    buffer.limit(end + Math.max(count, 0)).position(start);
    if (count < 0) {
      throw new EOFException("the virtual machine closed the channel");
    }
  }
}
