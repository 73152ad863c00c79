package io.omnirun.network;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Memory outside the heap for what is on its way. Every direction of a connection has a small
 * buffer, and as long as there are any, a large one while it fills the small one. Used by many
 * threads.
 */
final class BufferPool {
  /** What a client and a server have on the way to each other before either has much to say. */
  static final int SMALL_BYTES = 8 * 1024;

  /** Larger ones are no faster. */
  static final int LARGE_BYTES = 128 * 1024;

  /** 8 MiB; as many directions are in full flow at once as a host has any use of. */
  private static final int LARGE_BUFFERS = 64;

  private final ConcurrentLinkedQueue<ByteBuffer> small = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<ByteBuffer> large = new ConcurrentLinkedQueue<>();
  private final AtomicInteger largeLeft = new AtomicInteger(LARGE_BUFFERS);

  /** A small one; there are as many as connections ever were at once. */
  ByteBuffer small() {
    ByteBuffer free = small.poll();
    return free == null ? ByteBuffer.allocateDirect(SMALL_BYTES) : free.clear();
  }

  /** A large one, or null if all are in use. */
  @Nullable ByteBuffer large() {
    ByteBuffer free = large.poll();
    if (free != null) {
      return free.clear();
    }
    if (largeLeft.getAndUpdate(left -> Math.max(left - 1, 0)) > 0) {
      return ByteBuffer.allocateDirect(LARGE_BYTES);
    }
    return null;
  }

  /** Takes one back. Nobody uses it then. */
  void giveBack(ByteBuffer buffer) {
    (buffer.capacity() == LARGE_BYTES ? large : small).add(buffer);
  }
}
