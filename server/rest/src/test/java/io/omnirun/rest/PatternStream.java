package io.omnirun.rest;

import java.io.InputStream;
import java.util.concurrent.atomic.AtomicLong;

/** So many bytes of the alphabet over and over, without holding them. */
final class PatternStream extends InputStream {
  private static final int ALPHABET = 26;

  private final long size;
  private final AtomicLong position = new AtomicLong();

  PatternStream(long size) {
    this.size = size;
  }

  /** The byte at a place. */
  static byte at(long position) {
    return (byte) ('a' + position % ALPHABET);
  }

  @Override
  public int read() {
    byte[] single = new byte[1];
    return read(single, 0, 1) < 0 ? -1 : single[0];
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    int count = (int) Math.min(length, size - position.get());
    for (int i = 0; i < count; i++) {
      target[offset + i] = at(position.get() + i);
    }
    position.addAndGet(count);
    return count == 0 ? -1 : count;
  }

  long position() {
    return position.get();
  }
}
