package io.omnirun.rest;

import java.io.InputStream;
import java.util.Random;

/** Gives bytes in pieces of random length, as a network does. */
final class RandomPieces extends InputStream {
  private static final int MAX_PIECE_BYTES = 9;

  private final byte[] bytes;
  private final Random random;
  private int position;

  RandomPieces(byte[] bytes, Random random) {
    this.bytes = bytes;
    this.random = random;
  }

  @Override
  public int read() {
    return position == bytes.length ? -1 : bytes[position++] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    int count =
        Math.min(Math.min(length, bytes.length - position), 1 + random.nextInt(MAX_PIECE_BYTES));
    System.arraycopy(bytes, position, target, offset, count);
    position += count;
    return count == 0 ? -1 : count;
  }
}
