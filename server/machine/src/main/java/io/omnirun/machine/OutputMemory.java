package io.omnirun.machine;

import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * The memory of a node for what commands print while somebody waits for them. An output gets what
 * it needs as long as there is enough; after that the largest outputs give way, half of each at a
 * time, so that no command can have all and leave the others nothing. Whoever gets less loses its
 * oldest bytes: nothing fails for want of memory, and nothing waits for it. Thread-safe.
 */
public final class OutputMemory {
  /**
   * A quarter of the heap of 256 MiB that a server is run with. The texts that results are made of
   * come on top: they have as many bytes, twice as many at worst.
   */
  private static final long NODE_BYTES = 64L * 1024 * 1024;

  private final long limit;
  private final NavigableSet<TailBuffer> bySize =
      new TreeSet<>(
          Comparator.comparingInt(TailBuffer::capacity).thenComparingLong(TailBuffer::serial));
  private long used;
  private long nextSerial;

  OutputMemory(long limit) {
    this.limit = limit;
  }

  /** What a node has. */
  public static OutputMemory ofNode() {
    return new OutputMemory(NODE_BYTES);
  }

  /** Begins an output; the caller closes it. */
  synchronized TailBuffer open(int maxBytes) {
    return new TailBuffer(this, nextSerial++, maxBytes);
  }

  synchronized void append(TailBuffer output, ByteBuffer bytes) {
    grow(output, output.capacityWith(bytes.remaining()));
    output.put(bytes);
  }

  /** All that is left of an output; its memory is free then. */
  synchronized TailBuffer.Tail take(TailBuffer output) {
    TailBuffer.Tail tail = output.drain();
    resize(output, 0);
    return tail;
  }

  synchronized void release(TailBuffer output) {
    resize(output, 0);
  }

  private void grow(TailBuffer output, int wanted) {
    int capacity = wanted;
    while (capacity > output.capacity() && !fits(output, capacity)) {
      if (!largestGivesWay(capacity)) {
        capacity /= 2;
      }
    }
    if (capacity > output.capacity()) {
      resize(output, capacity);
    }
  }

  private boolean fits(TailBuffer output, int capacity) {
    return used - output.capacity() + capacity <= limit;
  }

  /** Halves the largest, unless it would then be smaller than the one that it gives way to. */
  private boolean largestGivesWay(int capacity) {
    if (bySize.isEmpty() || bySize.last().capacity() / 2 < capacity) {
      return false;
    }
    TailBuffer largest = bySize.last();
    resize(largest, largest.capacity() / 2);
    return true;
  }

  private void resize(TailBuffer output, int capacity) {
    bySize.remove(output);
    used += capacity - output.capacity();
    output.resize(capacity);
    if (capacity > 0) {
      bySize.add(output);
    }
  }

  /** Bytes that all outputs have together, used or not. */
  synchronized long used() {
    return used;
  }
}
