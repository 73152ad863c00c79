package io.omnirun.core;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Memory outside the heap for what is on its way between connections: small buffers for who waits,
 * as many as there ever were at once, and a bounded number of large ones for who is in full flow.
 * Thread-safe; does not block.
 */
public final class BufferPool {
  private final int smallBytes;
  private final int largeBytes;
  private final ConcurrentLinkedQueue<ByteBuffer> small = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<ByteBuffer> large = new ConcurrentLinkedQueue<>();
  private final AtomicInteger largeLeft;

  /**
   * @param largeBuffers how many large ones there are
   */
  public BufferPool(int smallBytes, int largeBytes, int largeBuffers) {
    this.smallBytes = smallBytes;
    this.largeBytes = largeBytes;
    this.largeLeft = new AtomicInteger(largeBuffers);
  }

  /** A small one. The caller gives it back. */
  public ByteBuffer small() {
    ByteBuffer free = small.poll();
    return free == null ? ByteBuffer.allocateDirect(smallBytes) : free.clear();
  }

  /** A large one, which the caller gives back; empty if all are in use. */
  public Optional<ByteBuffer> large() {
    ByteBuffer free = large.poll();
    if (free != null) {
      return Optional.of(free.clear());
    }
    return largeLeft.getAndUpdate(left -> Math.max(left - 1, 0)) > 0
        ? Optional.of(ByteBuffer.allocateDirect(largeBytes))
        : Optional.empty();
  }

  /** Takes one back. Nobody uses it then. */
  public void giveBack(ByteBuffer buffer) {
    (buffer.capacity() == largeBytes ? large : small).add(buffer);
  }
}
