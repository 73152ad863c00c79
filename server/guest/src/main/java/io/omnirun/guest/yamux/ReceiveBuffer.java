package io.omnirun.guest.yamux;

import java.nio.ByteBuffer;

/**
 * Bytes that have come and nobody has read yet: a ring that grows to the window and no further, so
 * a stream that carries little costs little. Guarded by its stream's lock.
 */
final class ReceiveBuffer {
  private static final int INITIAL_BYTES = 4 * 1024;

  private final int limit;
  private byte[] ring = new byte[0];
  private int start;
  private int count;

  ReceiveBuffer(int limit) {
    this.limit = limit;
  }

  int count() {
    return count;
  }

  /** Takes all of {@code bytes}. The caller has checked the window. */
  void put(ByteBuffer bytes) {
    reserve(count + bytes.remaining());
    while (bytes.hasRemaining()) {
      int end = (start + count) % ring.length;
      int part = Math.min(bytes.remaining(), ring.length - end);
      bytes.get(ring, end, part);
      count += part;
    }
  }

  /** Moves as much as fits into {@code target}. */
  int get(ByteBuffer target) {
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
    if (wanted <= ring.length) {
      return;
    }
    int capacity = Math.max(INITIAL_BYTES, ring.length);
    while (capacity < wanted) {
      capacity = Math.min(limit, capacity * 2);
    }
    ByteBuffer larger = ByteBuffer.allocate(capacity);
    int kept = get(larger);
    ring = larger.array();
    start = 0;
    count = kept;
  }
}
