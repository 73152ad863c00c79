package io.omnirun.machine;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.omnirun.guest.buffer.ByteRing;
import java.nio.ByteBuffer;

/**
 * The newest bytes of a stream, up to a bound. It costs at most that bound, and twice what there
 * is, in however small pieces the guest sends it. Used by one thread.
 */
final class TailBuffer {
  private final ByteRing ring = new ByteRing();
  private final int limit;
  private boolean truncated;

  TailBuffer(int limit) {
    this.limit = limit;
  }

  void append(ByteString chunk) {
    ByteBuffer bytes = chunk.asReadOnlyByteBuffer();
    grow((long) ring.count() + bytes.remaining());
    makeRoom(bytes);
    ring.put(bytes);
  }

  private void grow(long wanted) {
    int capacity = ByteRing.capacityFor((int) Math.min(wanted, limit), limit);
    if (capacity > ring.capacity()) {
      ring.resize(capacity);
    }
  }

  /** Drops the oldest bytes, if need be those of {@code bytes} too. */
  private void makeRoom(ByteBuffer bytes) {
    int excess = ring.count() + bytes.remaining() - ring.capacity();
    if (excess <= 0) {
      return;
    }
    int dropped = Math.min(excess, ring.count());
    ring.drop(dropped);
    bytes.position(bytes.position() + excess - dropped);
    truncated = true;
  }

  boolean truncated() {
    return truncated;
  }

  /** All that is kept, which the buffer gives up with that. */
  ByteString take() {
    byte[] bytes = new byte[ring.count()];
    ring.take(ByteBuffer.wrap(bytes));
    ring.resize(0);
    return UnsafeByteOperations.unsafeWrap(bytes);
  }
}
