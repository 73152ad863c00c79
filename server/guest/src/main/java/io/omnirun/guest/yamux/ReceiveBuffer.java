package io.omnirun.guest.yamux;

import io.omnirun.guest.buffer.ByteRing;
import java.nio.ByteBuffer;

/**
 * Bytes that have come and nobody has read yet: a ring that grows to a limit and no further, and is
 * let go once it is empty, so that a stream that was once full costs little afterwards. Guarded by
 * its stream's lock.
 */
final class ReceiveBuffer {
  /** An empty ring up to this size is kept: most streams never need more. */
  private static final int KEPT_BYTES = 64 * 1024;

  private final ByteRing ring = new ByteRing();
  private final int limit;

  ReceiveBuffer(int limit) {
    this.limit = limit;
  }

  boolean isEmpty() {
    return ring.count() == 0;
  }

  /** Takes all of {@code bytes}; with what is here already they are at most the limit. */
  void put(ByteBuffer bytes) {
    int wanted = ring.count() + bytes.remaining();
    if (wanted > ring.capacity()) {
      ring.resize(ByteRing.capacityFor(wanted, limit));
    }
    ring.put(bytes);
  }

  /** Moves as much as fits into {@code target} and says how much that was. */
  int get(ByteBuffer target) {
    int moved = ring.take(target);
    if (isEmpty() && ring.capacity() > KEPT_BYTES) {
      ring.resize(0);
    }
    return moved;
  }
}
