package io.omnirun.gateway;

import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Memory outside the heap for what is on its way. Who waits has a small buffer; as long as there
 * are any, a large one while it fills the small one. Used by many threads.
 */
final class Buffers {
  /** A small answer with its head: all that most requests bring. */
  static final int SMALL_BYTES = 4 * 1024;

  /** A record of the link to a guest. */
  static final int LARGE_BYTES = 64 * 1024;

  /** 8 MiB: as many answers are in full flow at once as a host has any use of. */
  private static final int LARGE_BUFFERS = 128;

  private final ConcurrentLinkedQueue<ByteBuffer> small = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<ByteBuffer> large = new ConcurrentLinkedQueue<>();
  private final AtomicInteger largeLeft = new AtomicInteger(LARGE_BUFFERS);

  /** A small one; there are as many as requests ever were at once. */
  ByteBuffer small() {
    ByteBuffer free = small.poll();
    return free == null ? ByteBuffer.allocateDirect(SMALL_BYTES) : free.clear();
  }

  private @Nullable ByteBuffer large() {
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

  /**
   * For a buffer whose bytes were all taken out: the same one, or another of the size that the last
   * read asks for.
   */
  ByteBuffer fit(ByteBuffer buffer, int lastBytes) {
    boolean isLarge = buffer.capacity() > SMALL_BYTES;
    if (isLarge && lastBytes <= SMALL_BYTES) {
      giveBack(buffer);
      return small();
    }
    if (!isLarge && lastBytes == SMALL_BYTES) {
      ByteBuffer larger = large();
      if (larger != null) {
        giveBack(buffer);
        return larger;
      }
    }
    return buffer.clear();
  }
}
