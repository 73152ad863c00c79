package io.omnirun.guest.link;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Optional;

/** The host's part of the handshake. */
final class Handshake {
  /** Ours, and the highest that is offered. */
  static final int VERSION = 1;

  /** Speaking with older agents begins here: adopted guests run the one they were made with. */
  private static final int OLDEST_VERSION = 1;

  /**
   * As much as completes any record that an earlier host left half, and a whole HELLO after it:
   * then the guest sees that the record was cut.
   */
  private static final int FLOOD_MESSAGES =
      Math.ceilDiv(LinkConnection.MAX_RECORD_BYTES + 64, LinkMessage.BYTES) + 1;

  static final int FLOOD_BYTES = FLOOD_MESSAGES * LinkMessage.BYTES;

  private Handshake() {}

  /** Returns the nonce of the connection; after it only records follow in both directions. */
  static Nonce perform(SocketChannel channel, LinkInput input, boolean freshClone)
      throws IOException {
    Nonce nonce = Nonce.random();
    int version = greet(channel, input, nonce, freshClone ? 1 : FLOOD_MESSAGES);
    write(channel, new LinkMessage(version, LinkMessage.Kind.START, nonce).encode());
    return nonce;
  }

  /**
   * Does the first half and goes no further. The agent has no session then and waits for a host,
   * this one or the next. Its last session must have ended between two records.
   */
  static void greet(SocketChannel channel, LinkInput input) throws IOException {
    greet(channel, input, Nonce.random(), 1);
  }

  private static int greet(SocketChannel channel, LinkInput input, Nonce nonce, int count)
      throws IOException {
    write(channel, hellos(nonce, count));
    int version = awaitEcho(channel, input, nonce);
    if (version < OLDEST_VERSION || version > VERSION) {
      throw new IOException("the guest's agent speaks version " + version + " of the link");
    }
    return version;
  }

  private static ByteBuffer hellos(Nonce nonce, int count) {
    ByteBuffer hello = new LinkMessage(VERSION, LinkMessage.Kind.HELLO, nonce).encode();
    ByteBuffer all = ByteBuffer.allocate(count * LinkMessage.BYTES);
    while (all.hasRemaining()) {
      all.put(hello.duplicate());
    }
    return all.flip();
  }

  private static void write(SocketChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /**
   * Discards whatever comes until an echo of our nonce: what an earlier connection left may be in
   * front of it. An agent that says READY has just begun to listen, so a HELLO that came before may
   * have been taken for a part of an earlier session: it gets another, which it ignores if it has
   * seen the first.
   */
  private static int awaitEcho(SocketChannel channel, LinkInput input, Nonce nonce)
      throws IOException {
    while (true) {
      LinkMessage message = next(input);
      if (message.kind() == LinkMessage.Kind.READY) {
        write(channel, hellos(nonce, 1));
      } else if (message.kind() == LinkMessage.Kind.ECHO && message.nonce().equals(nonce)) {
        return message.version();
      }
    }
  }

  /** The next whole message, whatever comes before it. */
  private static LinkMessage next(LinkInput input) throws IOException {
    while (true) {
      Optional<LinkMessage> message = LinkMessage.decode(input.require(LinkMessage.BYTES));
      input.skip(message.isPresent() ? LinkMessage.BYTES : 1);
      if (message.isPresent()) {
        return message.get();
      }
    }
  }
}
