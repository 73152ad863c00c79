package io.omnirun.guest.yamux;

import java.nio.ByteBuffer;

/** The 12-byte frame header of yamux, version 0. Source: hashicorp/yamux, spec.md. */
record Frame(int type, int flags, int streamId, int length) {
  static final int HEADER_BYTES = 12;

  static final int DATA = 0;
  static final int WINDOW_UPDATE = 1;
  static final int PING = 2;
  static final int GO_AWAY = 3;

  static final int SYN = 1;
  static final int ACK = 2;
  static final int FIN = 4;
  static final int RST = 8;

  private static final int VERSION = 0;
  private static final int KNOWN_FLAGS = SYN | ACK | FIN | RST;

  static Frame windowUpdate(int streamId, int flags, int delta) {
    return new Frame(WINDOW_UPDATE, flags, streamId, delta);
  }

  /** Reads a header from 12 bytes. */
  static Frame decode(ByteBuffer header) throws ProtocolViolation {
    int version = Byte.toUnsignedInt(header.get());
    if (version != VERSION) {
      throw new ProtocolViolation("version " + version);
    }
    int type = Byte.toUnsignedInt(header.get());
    int flags = Short.toUnsignedInt(header.getShort());
    if ((flags & ~KNOWN_FLAGS) != 0) {
      throw new ProtocolViolation("flags " + flags);
    }
    return new Frame(type, flags, header.getInt(), header.getInt());
  }

  ByteBuffer encode() {
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
    header
        .put((byte) VERSION)
        .put((byte) type)
        .putShort((short) flags)
        .putInt(streamId)
        .putInt(length);
    return header.flip();
  }

  boolean has(int flag) {
    return (flags & flag) != 0;
  }
}
