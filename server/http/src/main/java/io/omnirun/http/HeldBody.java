package io.omnirun.http;

import java.io.IOException;
import java.io.InputStream;

/**
 * A body of which every byte is kept: each counts in the request's share, so that a client that
 * announces no length needs no more than it sends. Used by one thread.
 */
final class HeldBody extends InputStream {
  private final InputStream body;
  private final BodyShare share;
  private long readBytes;

  HeldBody(InputStream body, BodyShare share) {
    this.body = body;
    this.share = share;
  }

  @Override
  public int read() throws IOException {
    byte[] single = new byte[1];
    return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int count = body.read(target, offset, length);
    if (count > 0) {
      readBytes += count;
      share.hold(readBytes);
    }
    return count;
  }
}
