package io.omnirun.guest.yamux;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The byte path under a session. Its boundaries mean nothing to the reader, who sees one stream of
 * bytes. One thread reads, one at a time writes. Closing it ends a blocked read and write.
 */
public interface Wire extends Closeable {
  /** Blocks for the next bytes, at least one; valid until the next call. */
  ByteBuffer readRecord() throws IOException;

  /**
   * Writes header and payload, together at most {@link #maxRecordBytes()}; blocks while the guest
   * takes nothing.
   */
  void writeRecord(ByteBuffer header, ByteBuffer payload) throws IOException;

  int maxRecordBytes();
}
