package io.omnirun.machine;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.omnirun.guest.buffer.ByteRing;
import java.nio.ByteBuffer;

/**
 * The newest bytes of a stream, up to a bound and to what the node's memory allows. They cost no
 * more than that in however small pieces the guest sends them. Used by one thread; what it shares
 * with other outputs is guarded by their memory.
 */
final class TailBuffer implements AutoCloseable {
  private final OutputMemory memory;
  private final long serial;
  private final int maxBytes;
  private final ByteRing ring = new ByteRing();
  private boolean truncated;

  /**
   * The end of a stream.
   *
   * @param truncated there was more before
   */
  record Tail(ByteString bytes, boolean truncated) {}

  TailBuffer(OutputMemory memory, long serial, int maxBytes) {
    this.memory = memory;
    this.serial = serial;
    this.maxBytes = maxBytes;
  }

  void append(ByteString chunk) {
    memory.append(this, chunk.asReadOnlyByteBuffer());
  }

  /** What is left of the stream; asked once, for it is given up with that. */
  Tail take() {
    return memory.take(this);
  }

  /** Gives the memory back. Idempotent. */
  @Override
  public void close() {
    memory.release(this);
  }

  long serial() {
    return serial;
  }

  int capacity() {
    return ring.capacity();
  }

  /** What it should have to take so many bytes more. */
  int capacityWith(int bytes) {
    return ByteRing.capacityFor((int) Math.min((long) ring.count() + bytes, maxBytes), maxBytes);
  }

  /** Takes the bytes in; what there is no room for is dropped, the oldest first. */
  void put(ByteBuffer bytes) {
    int excess = Math.max(0, ring.count() + bytes.remaining() - ring.capacity());
    int dropped = Math.min(excess, ring.count());
    ring.drop(dropped);
    bytes.position(bytes.position() + excess - dropped);
    truncated |= excess > 0;
    ring.put(bytes);
  }

  Tail drain() {
    byte[] bytes = new byte[ring.count()];
    ring.take(ByteBuffer.wrap(bytes));
    return new Tail(UnsafeByteOperations.unsafeWrap(bytes), truncated);
  }

  void resize(int capacity) {
    truncated |= capacity < ring.count();
    ring.resize(capacity);
  }
}
