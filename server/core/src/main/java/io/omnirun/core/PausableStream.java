package io.omnirun.core;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Bytes from a sandbox that may be paused before they have all come. Used by one thread. */
final class PausableStream extends FilterInputStream {
  private final InGuest inGuest;

  PausableStream(InputStream content, InGuest inGuest) {
    super(content);
    this.inGuest = inGuest;
  }

  @Override
  public int read() throws IOException {
    byte[] single = new byte[1];
    return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    return inGuest.explaining(() -> super.read(target, offset, length));
  }
}
