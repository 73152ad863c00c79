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
   * As much as completes any record that an earlier host left half: then the guest sees that it was
   * cut.
   */
  private static final int FLOOD_BYTES = GuestLink.MAX_RECORD_BYTES + 64;

  private Handshake() {}

  /** Returns the nonce of the connection; after it only records follow in both directions. */
  static Nonce perform(SocketChannel channel, GuestLink.LinkInput input, boolean freshClone)
      throws IOException {
    Nonce nonce = Nonce.random();
    ByteBuffer hello = new LinkMessage(VERSION, LinkMessage.Kind.HELLO, nonce).encode();
    int repetitions = freshClone ? 1 : FLOOD_BYTES / LinkMessage.BYTES + 1;
    ByteBuffer flood = ByteBuffer.allocate(repetitions * LinkMessage.BYTES);
    for (int i = 0; i < repetitions; i++) {
      flood.put(hello.duplicate());
    }
    write(channel, flood.flip());
    int version = awaitEcho(input, nonce);
    if (version < OLDEST_VERSION || version > VERSION) {
      throw new IOException("the guest's agent speaks version " + version + " of the link");
    }
    write(channel, new LinkMessage(version, LinkMessage.Kind.START, nonce).encode());
    return nonce;
  }

  private static void write(SocketChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /**
   * Discards whatever comes until an echo of our nonce: what an earlier connection left may be in
   * front of it.
   */
  private static int awaitEcho(GuestLink.LinkInput input, Nonce nonce) throws IOException {
    byte[] window = new byte[LinkMessage.BYTES];
    input.readFully(window, window.length);
    while (true) {
      Optional<LinkMessage> message = LinkMessage.decode(window, 0);
      if (message.isPresent() && isEcho(message.get(), nonce)) {
        return message.get().version();
      }
      System.arraycopy(window, 1, window, 0, window.length - 1);
      window[window.length - 1] = (byte) input.read();
    }
  }

  private static boolean isEcho(LinkMessage message, Nonce nonce) {
    return message.kind() == LinkMessage.Kind.ECHO && message.nonce().equals(nonce);
  }
}
