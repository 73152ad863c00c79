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

  /** What a message says. */
  enum Kind {
    HELLO(1),
    ECHO(2),
    START(3),
    READY(4);

    private final int number;

    Kind(int number) {
      this.number = number;
    }

    private static Optional<Kind> of(int number) {
      for (Kind kind : values()) {
        if (kind.number == number) {
          return Optional.of(kind);
        }
      }
      return Optional.empty();
    }
  }

  ByteBuffer encode() {
    ByteBuffer encoded = ByteBuffer.allocate(BYTES);
    encoded.putLong(MAGIC).putShort((short) version).put((byte) kind.number).put((byte) 0);
    encoded.put(nonce.bytes());
    return encoded.putInt(checksum(encoded.slice(0, CHECKED_BYTES))).flip();
  }

  /**
   * The message at the position of a buffer that has at least 32 bytes from there; empty if there
   * is none. The buffer is left as it is.
   */
  static Optional<LinkMessage> decode(ByteBuffer buffer) {
    if (buffer.getLong(buffer.position()) != MAGIC) {
      return Optional.empty();
    }
    ByteBuffer encoded = buffer.slice(buffer.position(), BYTES);
    int checksum = checksum(encoded.slice(0, CHECKED_BYTES));
    int version = Short.toUnsignedInt(encoded.position(Long.BYTES).getShort());
    Optional<Kind> kind = Kind.of(encoded.get());
    int reserved = encoded.get();
    byte[] nonce = new byte[Nonce.BYTES];
    encoded.get(nonce);
    if (encoded.getInt() != checksum || reserved != 0) {
      return Optional.empty();
    }
    return kind.map(known -> new LinkMessage(version, known, new Nonce(nonce)));
  }

  private static int checksum(ByteBuffer bytes) {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
