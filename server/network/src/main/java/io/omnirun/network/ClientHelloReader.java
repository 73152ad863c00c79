package io.omnirun.network;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/**
 * Puts the first handshake message of a TLS connection together, however it is cut into records and
 * packets (RFC 8446, 5.1). Nothing is decrypted or answered. The message that an SSLv2 client sends
 * is none.
 */
final class ClientHelloReader implements Opening.Reader {
  /** Of the message: with post-quantum key shares and all extensions real ones have some 2 KB. */
  static final int MAX_MESSAGE_BYTES = 16 * 1024;

  /** Of what it is cut into: a record costs five bytes more, and real clients send one or two. */
  static final int MAX_BYTES = MAX_MESSAGE_BYTES + 4 * 1024;

  private static final int RECORD_HEADER_BYTES = 5;
  private static final int MAX_RECORD_BYTES = 1 << 14;
  private static final int MESSAGE_HEADER_BYTES = 4;
  private static final int TYPE_HANDSHAKE = 22;
  private static final int TYPE_CLIENT_HELLO = 1;
  private static final int MAJOR_VERSION = 3;
  private static final int USUAL_BYTES = 2 * 1024;

  private final ByteArrayOutputStream received = new ByteArrayOutputStream(USUAL_BYTES);
  private final ByteBuffer recordHeader = ByteBuffer.allocate(RECORD_HEADER_BYTES);
  private final ByteBuffer messageHeader = ByteBuffer.allocate(MESSAGE_HEADER_BYTES);
  private int leftOfRecord;
  private int leftOfMessage;

  @Override
  public Opening read(ByteBuffer bytes) {
    byte[] chunk = new byte[bytes.remaining()];
    bytes.get(chunk);
    received.writeBytes(chunk);
    if (received.size() > MAX_BYTES) {
      return new Opening.Malformed("a ClientHello in too many records");
    }
    try {
      return take(ByteBuffer.wrap(chunk));
    } catch (MalformedException e) {
      return new Opening.Malformed(e.problem());
    }
  }

  private Opening take(ByteBuffer chunk) throws MalformedException {
    while (chunk.hasRemaining()) {
      if (leftOfRecord == 0) {
        takeRecordHeader(chunk);
      } else if (messageHeader.hasRemaining()) {
        takeMessageHeader(chunk);
      } else {
        takeMessage(chunk);
      }
      if (isWhole()) {
        ByteBuffer all = ByteBuffer.wrap(received.toByteArray());
        return new Opening.Complete(ClientHello.serverName(message(all.duplicate())), all);
      }
    }
    return new Opening.NeedMore();
  }

  /** What stands behind the message in its record would be a second one, which no client sends. */
  private boolean isWhole() throws MalformedException {
    boolean whole = !messageHeader.hasRemaining() && leftOfMessage == 0;
    if (whole && leftOfRecord > 0) {
      throw new MalformedException("more than one message");
    }
    return whole;
  }

  private void takeRecordHeader(ByteBuffer chunk) throws MalformedException {
    recordHeader.put(chunk.get());
    int type = recordHeader.get(0) & 0xff;
    if (type != TYPE_HANDSHAKE
        || (recordHeader.position() > 1 && recordHeader.get(1) != MAJOR_VERSION)) {
      throw new MalformedException("no TLS handshake");
    }
    if (recordHeader.hasRemaining()) {
      return;
    }
    leftOfRecord = recordHeader.getShort(RECORD_HEADER_BYTES - Short.BYTES) & 0xffff;
    recordHeader.clear();
    if (leftOfRecord == 0 || leftOfRecord > MAX_RECORD_BYTES) {
      throw new MalformedException("a record of " + leftOfRecord + " bytes");
    }
  }

  private void takeMessageHeader(ByteBuffer chunk) throws MalformedException {
    messageHeader.put(chunk.get());
    leftOfRecord--;
    if (messageHeader.get(0) != TYPE_CLIENT_HELLO) {
      throw new MalformedException("no ClientHello");
    }
    if (messageHeader.hasRemaining()) {
      return;
    }
    leftOfMessage = messageHeader.getInt(0) & 0xffffff;
    if (leftOfMessage == 0 || leftOfMessage > MAX_MESSAGE_BYTES) {
      throw new MalformedException("a ClientHello of " + leftOfMessage + " bytes");
    }
  }

  private void takeMessage(ByteBuffer chunk) {
    int count = Math.min(chunk.remaining(), Math.min(leftOfRecord, leftOfMessage));
    chunk.position(chunk.position() + count);
    leftOfRecord -= count;
    leftOfMessage -= count;
  }

  /**
   * The message without its header. It is put together here, for until now nothing is kept twice.
   */
  private ByteBuffer message(ByteBuffer records) {
    int length = messageHeader.getInt(0) & 0xffffff;
    ByteBuffer message = ByteBuffer.allocate(MESSAGE_HEADER_BYTES + length);
    while (message.hasRemaining()) {
      records.position(records.position() + RECORD_HEADER_BYTES - Short.BYTES);
      int recordLength = records.getShort() & 0xffff;
      message.put(records.slice(records.position(), recordLength));
      records.position(records.position() + recordLength);
    }
    return message.flip().position(MESSAGE_HEADER_BYTES).slice();
  }
}
