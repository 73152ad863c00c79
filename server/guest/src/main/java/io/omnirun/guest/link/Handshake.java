package io.omnirun.guest.link;

import io.omnirun.guest.yamux.YamuxSession;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Optional;

/** The host's part of the handshake. */
final class Handshake {
  /** Ours, and the highest that is offered. */
  static final int VERSION = 2;

  /** Speaking with older agents begins here: adopted guests run the one they were made with. */
  private static final int OLDEST_VERSION = 1;

  /**
   * As much as completes any record that an earlier host left half, and a whole HELLO after it:
   * then the guest sees that the record was cut.
   */
  private static final int FLOOD_MESSAGES =
      Math.ceilDiv(LinkConnection.MAX_RECORD_BYTES + 64, LinkMessage.BYTES) + 1;

  static final int FLOOD_BYTES = FLOOD_MESSAGES * LinkMessage.BYTES;

  /**
   * An agent that has not seen yet that its host is another one can send what the windows of all
   * streams allow, 1 MiB each. A guest that sends more will not answer: it keeps us busy.
   */
  private static final long MAX_DISCARDED_BYTES = YamuxSession.MAX_STREAMS * 1024L * 1024;

  private Handshake() {}

  /** Returns the START that was agreed on; after it only records follow in both directions. */
  static LinkMessage perform(SocketChannel channel, LinkInput input, boolean freshClone)
      throws IOException {
    Nonce nonce = Nonce.random();
    int version = greet(channel, input, nonce, freshClone ? 1 : FLOOD_MESSAGES);
    while (input.hasMore()) {
      // An agent says nothing after its echo. Somebody else in the guest does, and that would be
      // taken for a record.
      nonce = Nonce.random();
      version = greet(channel, input, nonce, 1);
    }
    LinkMessage start = new LinkMessage(version, LinkMessage.Kind.START, nonce);
    write(channel, start.encode());
    return start;
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
    for (long discarded = 0; discarded <= MAX_DISCARDED_BYTES; discarded++) {
      Optional<LinkMessage> message = LinkMessage.decode(input.require(LinkMessage.BYTES));
      if (message.isPresent() && isEcho(message.get(), nonce)) {
        input.skip(LinkMessage.BYTES);
        return message.get().version();
      }
      if (message.isPresent() && message.get().kind() == LinkMessage.Kind.READY) {
        write(channel, hellos(nonce, 1));
      }
      input.skip(1);
    }
    throw new IOException("the guest sent " + MAX_DISCARDED_BYTES + " bytes instead of an answer");
  }

  private static boolean isEcho(LinkMessage message, Nonce nonce) {
    return message.kind() == LinkMessage.Kind.ECHO && message.nonce().equals(nonce);
  }
}
