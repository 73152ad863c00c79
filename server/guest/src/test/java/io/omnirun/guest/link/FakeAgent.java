package io.omnirun.guest.link;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;

/** The guest's part of the handshake and of records, for scripts. */
final class FakeAgent {
  private final DataInputStream input;
  private final DataOutputStream output;

  FakeAgent(InputStream input, OutputStream output) {
    this.input = new DataInputStream(input);
    this.output = new DataOutputStream(output);
  }

  /** The next control message, which must be one. */
  LinkMessage readMessage() throws IOException {
    byte[] bytes = new byte[LinkMessage.BYTES];
    input.readFully(bytes);
    return LinkMessage.decode(ByteBuffer.wrap(bytes)).orElseThrow();
  }

  void write(byte[] bytes) throws IOException {
    output.write(bytes);
  }

  void write(LinkMessage message) throws IOException {
    output.write(message.encode().array());
  }

  /** Shakes hands with a host that sends one HELLO; the nonce is theirs from now on. */
  Nonce shakeHands() throws IOException {
    Nonce nonce = readMessage().nonce();
    write(new LinkMessage(Handshake.VERSION, LinkMessage.Kind.ECHO, nonce));
    LinkMessage start = readMessage();
    if (start.kind() != LinkMessage.Kind.START || !start.nonce().equals(nonce)) {
      throw new IOException("no START: " + start);
    }
    return nonce;
  }

  void writeRecord(byte[] payload, long tag) throws IOException {
    output.writeInt(payload.length);
    output.write(payload);
    output.writeLong(tag);
  }

  /** The payload of the next record, which must carry the tag. */
  byte[] readRecord(long tag) throws IOException {
    byte[] payload = new byte[input.readInt()];
    input.readFully(payload);
    if (input.readLong() != tag) {
      throw new IOException("a record with another tag");
    }
    return payload;
  }

  /** How many bytes the host sends before it leaves. */
  int countRest() throws IOException {
    return input.readAllBytes().length;
  }

  /** Waits until the host has left. */
  void awaitEnd() throws IOException {
    input.skipNBytes(Long.MAX_VALUE);
  }
}
