package io.omnirun.guest.yamux;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Reads frames' parts from a wire whose records end anywhere. Used by the session's one reading
 * thread.
 */
final class WireReader {
  private final Wire wire;
  private ByteBuffer record = ByteBuffer.allocate(0);

  WireReader(Wire wire) {
    this.wire = wire;
  }

  Frame readFrame() throws IOException {
    ByteBuffer header = ByteBuffer.allocate(Frame.HEADER_BYTES);
    while (header.hasRemaining()) {
      header.put(next(header.remaining()));
    }
    return Frame.decode(header.flip());
  }

  /** Some of the next bytes, at least one and at most {@code limit}; valid until the next call. */
  ByteBuffer next(int limit) throws IOException {
    if (!record.hasRemaining()) {
      record = wire.readRecord();
    }
    int count = Math.min(limit, record.remaining());
    ByteBuffer part = record.slice(record.position(), count);
    record.position(record.position() + count);
    return part;
  }
}
