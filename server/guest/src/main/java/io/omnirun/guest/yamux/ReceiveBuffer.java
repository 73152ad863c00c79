package io.omnirun.guest.yamux;

import java.nio.ByteBuffer;

/**
 * Bytes that have come and nobody has read yet: a ring that grows to a limit and no further, and is
 * let go once it is empty, so that a stream that was once full costs little afterwards. Guarded by
 * its stream's lock.
 */
final class ReceiveBuffer {
  private static final int INITIAL_BYTES = 4 * 1024;

  /** An empty ring up to this size is kept: most streams never need more. */
  private static final int KEPT_BYTES = 64 * 1024;

  private static final byte[] NONE = new byte[0];

  private final int limit;
  private byte[] ring = NONE;
  private int start;
  private int count;

  ReceiveBuffer(int limit) {
    this.limit = limit;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** Takes all of {@code bytes}; with what is here already they are at most the limit. */
  void put(ByteBuffer bytes) {
    reserve(count + bytes.remaining());
    while (bytes.hasRemaining()) {
      int end = (start + count) % ring.length;
      int part = Math.min(bytes.remaining(), ring.length - end);
      bytes.get(ring, end, part);
      count += part;
    }
  }

  /** Moves as much as fits into {@code target} and says how much that was. */
  int get(ByteBuffer target) {
    int moved = copyTo(target);
    if (count == 0) {
      start = 0;
      ring = ring.length > KEPT_BYTES ? NONE : ring;
    }
    return moved;
  }

  private int copyTo(ByteBuffer target) {
    int moved = 0;
    while (count > 0 && target.hasRemaining()) {
      int part = Math.min(Math.min(count, ring.length - start), target.remaining());
      target.put(ring, start, part);
      start = (start + part) % ring.length;
      count -= part;
      moved += part;
    }
    return moved;
  }

  private void reserve(int wanted) {
    if (wanted > limit) {
      throw new IllegalArgumentException(wanted + " bytes are more than the limit of " + limit);
    }
    if (wanted <= ring.length) {
      return;
    }
    int capacity = Math.max(INITIAL_BYTES, ring.length);
    while (capacity < wanted) {
      capacity = Math.min(limit, capacity * 2);
    }
    ByteBuffer larger = ByteBuffer.allocate(capacity);
    int kept = copyTo(larger);
    ring = larger.array();
    start = 0;
    count = kept;
  }
}
