package io.omnirun.gateway;

import io.omnirun.core.BufferPool;
import java.nio.ByteBuffer;

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

  private final BufferPool pool = new BufferPool(SMALL_BYTES, LARGE_BYTES, LARGE_BUFFERS);

  /** A small one. The caller gives it back, or what {@link #fit} makes of it. */
  ByteBuffer small() {
    return pool.small();
  }

  /** Takes one back. Nobody uses it then. */
  void giveBack(ByteBuffer buffer) {
    pool.giveBack(buffer);
  }

  /**
   * For a buffer whose bytes were all taken out: the same one, or another of the size that the last
   * read asks for.
   */
  ByteBuffer fit(ByteBuffer buffer, int lastBytes) {
    boolean isLarge = buffer.capacity() > SMALL_BYTES;
    if (isLarge && lastBytes <= SMALL_BYTES) {
      return exchanged(buffer, pool.small());
    }
    return !isLarge && lastBytes == SMALL_BYTES
        ? pool.large().map(larger -> exchanged(buffer, larger)).orElseGet(buffer::clear)
        : buffer.clear();
  }

  private ByteBuffer exchanged(ByteBuffer buffer, ByteBuffer other) {
    pool.giveBack(buffer);
    return other;
  }
}
