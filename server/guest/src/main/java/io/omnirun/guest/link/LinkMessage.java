package io.omnirun.guest.link;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * A control message of the handshake: 32 bytes.
 *
 * @param version of the protocol
 * @param kind what it says
 * @param nonce of the connection; see {@link Nonce}
 */
record LinkMessage(int version, Kind kind, Nonce nonce) {
  static final int BYTES = 32;
  static final long MAGIC = 0x894F_4D52_554E_0D0AL;

  private static final int CHECKED_BYTES = 28;

  /** What a message says; the position is its number on the wire. */
  enum Kind {
    NONE,
    HELLO,
    ECHO,
    START,
    READY
  }

  ByteBuffer encode() {
    ByteBuffer encoded = ByteBuffer.allocate(BYTES);
    encoded.putLong(MAGIC).putShort((short) version).put((byte) kind.ordinal()).put((byte) 0);
    encoded.put(nonce.bytes());
    return encoded.putInt(checksum(encoded.array(), 0)).flip();
  }

  /**
   * The message at an offset of a buffer that holds at least 32 bytes from there; empty if there is
   * none.
   */
  static Optional<LinkMessage> decode(byte[] buffer, int offset) {
    ByteBuffer encoded = ByteBuffer.wrap(buffer, offset, BYTES);
    if (encoded.getLong() != MAGIC) {
      return Optional.empty();
    }
    int version = Short.toUnsignedInt(encoded.getShort());
    int kind = Byte.toUnsignedInt(encoded.get());
    int reserved = encoded.get();
    byte[] nonce = new byte[Nonce.BYTES];
    encoded.get(nonce);
    if (encoded.getInt() != checksum(buffer, offset)
        || kind >= Kind.values().length
        || reserved != 0) {
      return Optional.empty();
    }
    return Optional.of(new LinkMessage(version, Kind.values()[kind], new Nonce(nonce)));
  }

  private static int checksum(byte[] buffer, int offset) {
    CRC32 crc = new CRC32();
    crc.update(buffer, offset, CHECKED_BYTES);
    return (int) crc.getValue();
  }
}
