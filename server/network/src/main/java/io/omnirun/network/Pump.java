package io.omnirun.network;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** Passes on what comes from one socket to another, until it ends. Used by one thread. */
final class Pump implements AutoCloseable {
  /** A direction that has read so many times so little gives its large buffer to others. */
  private static final int SMALL_READS = 16;

  /** Is told of each part that was passed on. */
  @FunctionalInterface
  interface Progress {
    void moved(int bytes);
  }

  private final SocketChannel from;
  private final SocketChannel to;
  private final BufferPool pool;
  private ByteBuffer buffer;
  private int smallReads;

  Pump(SocketChannel from, SocketChannel to, BufferPool pool) {
    this.from = from;
    this.to = to;
    this.pool = pool;
    this.buffer = pool.small();
  }

  /** Ends when there is no more, and has told the other side so. */
  void run(Progress progress) throws IOException {
    while (from.read(buffer.clear()) >= 0) {
      int bytes = buffer.flip().remaining();
      while (buffer.hasRemaining()) {
        to.write(buffer);
      }
      progress.moved(bytes);
      fit(bytes);
    }
    to.shutdownOutput();
  }

  private void fit(int bytes) {
    boolean isLarge = buffer.capacity() > BufferPool.SMALL_BYTES;
    smallReads = bytes < BufferPool.SMALL_BYTES ? smallReads + 1 : 0;
    if (!isLarge && smallReads == 0) {
      exchange(pool.large());
    } else if (isLarge && smallReads > SMALL_READS) {
      exchange(pool.small());
    }
  }

  private void exchange(@Nullable ByteBuffer other) {
    if (other != null) {
      pool.giveBack(buffer);
      buffer = other;
    }
  }

  @Override
  public void close() {
    pool.giveBack(buffer);
  }
}
