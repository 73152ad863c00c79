package io.omnirun.guest.link;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * 16 random bytes that name one connection; the tags of its records are made of them. Immutable.
 */
final class Nonce {
  static final int BYTES = 16;

  private static final SecureRandom RANDOM = new SecureRandom();

  private final byte[] bytes;

  Nonce(byte[] bytes) {
    this.bytes = bytes.clone();
  }

  static Nonce random() {
    byte[] bytes = new byte[BYTES];
    RANDOM.nextBytes(bytes);
    return new Nonce(bytes);
  }

  byte[] bytes() {
    return bytes.clone();
  }

  /** Ends every record from host to guest. */
  long hostToGuestTag() {
    return ByteBuffer.wrap(bytes).getLong(0);
  }

  /** Ends every record from guest to host. */
  long guestToHostTag() {
    return ByteBuffer.wrap(bytes).getLong(Long.BYTES);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Nonce nonce && Arrays.equals(bytes, nonce.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }
}
