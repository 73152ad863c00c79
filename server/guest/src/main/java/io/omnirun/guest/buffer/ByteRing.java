package io.omnirun.guest.buffer;

import java.nio.ByteBuffer;

/**
 * Bytes in the order they came: new ones are put behind, the oldest are taken or dropped. It costs
 * its capacity, however small the pieces are that come; whoever owns it decides on that. Not
 * thread-safe.
 */
public final class ByteRing {
  /** Most rings never hold more; the next larger one is twice as large. */
  private static final int SMALLEST_BYTES = 4 * 1024;

  private static final byte[] NONE = new byte[0];

  private byte[] ring = NONE;
  private int start;
  private int count;

  /** A new ring's is 0: it holds nothing before {@link #resize}. */
  public int capacity() {
    return ring.length;
  }

  public int count() {
    return count;
  }

  /**
   * The capacity that a ring should have for so many bytes: at least twice the next smaller one, so
   * that growing costs little in the long run, and at most {@code limit}.
   */
  public static int capacityFor(int bytes, int limit) {
    int capacity = SMALLEST_BYTES;
    while (capacity < bytes && capacity < limit) {
      capacity *= 2;
    }
    return Math.min(capacity, limit);
  }

  /** Takes all of {@code bytes}, for which there must be room. */
  public void put(ByteBuffer bytes) {
    if (bytes.remaining() > ring.length - count) {
      throw new IllegalArgumentException(
          bytes.remaining() + " bytes do not fit: " + count + " of " + ring.length + " are used");
    }
    while (bytes.hasRemaining()) {
      int end = (int) (((long) start + count) % ring.length);
      int part = Math.min(bytes.remaining(), ring.length - end);
      bytes.get(ring, end, part);
      count += part;
    }
  }

  /** Moves as many of the oldest bytes as fit into {@code target} and says how many those were. */
  public int take(ByteBuffer target) {
    int moved = 0;
    while (count > 0 && target.hasRemaining()) {
      int part = Math.min(Math.min(count, ring.length - start), target.remaining());
      target.put(ring, start, part);
      drop(part);
      moved += part;
    }
    return moved;
  }

  /** Forgets so many of the oldest bytes, of which there must be as many. */
  public void drop(int number) {
    if (number < 0 || number > count) {
      throw new IllegalArgumentException("there are " + count + " bytes, not " + number);
    }
    count -= number;
    start = count == 0 ? 0 : (int) (((long) start + number) % ring.length);
  }

  /** Changes the capacity; of the bytes that are here the newest are kept, as many as fit. */
  public void resize(int capacity) {
    drop(Math.max(0, count - capacity));
    ByteBuffer resized = ByteBuffer.wrap(capacity == 0 ? NONE : new byte[capacity]);
    count = take(resized);
    start = 0;
    ring = resized.array();
  }
}
