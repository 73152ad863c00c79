package io.omnirun.network;

import io.omnirun.core.BufferPool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Passes on what comes from one socket to another, until it ends. Used by one thread. */
final class Pump implements AutoCloseable {
  /** A direction that has read so many times so little gives its large buffer to others. */
  private static final int SMALL_READS = 16;

  /** What a client and a server have on the way to each other before either has much to say. */
  private static final int SMALL_BYTES = 8 * 1024;

  /** Larger ones are no faster. */
  private static final int LARGE_BYTES = 128 * 1024;

  /** 8 MiB; as many directions are in full flow at once as a host has any use of. */
  private static final int LARGE_BUFFERS = 64;

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

  /** The memory of all pumps of a proxy. */
  static BufferPool buffers() {
    return new BufferPool(SMALL_BYTES, LARGE_BYTES, LARGE_BUFFERS);
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
    boolean isLarge = buffer.capacity() > SMALL_BYTES;
    smallReads = bytes < SMALL_BYTES ? smallReads + 1 : 0;
    if (!isLarge && smallReads == 0) {
      pool.large().ifPresent(this::exchange);
    } else if (isLarge && smallReads > SMALL_READS) {
      exchange(pool.small());
    }
  }

  private void exchange(ByteBuffer other) {
    pool.giveBack(buffer);
    buffer = other;
  }

  @Override
  public void close() {
    pool.giveBack(buffer);
  }
}
