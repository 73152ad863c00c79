package io.omnirun.guest.link;

import io.omnirun.guest.yamux.Wire;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * A connection to a guest's agent after its handshake: records in both directions. One thread
 * reads, any number write. A record is passed on only after its tag has come, so that no byte of
 * another connection ever is.
 */
public final class GuestLink implements Wire {
  /** The longest payload of a record. */
  static final int MAX_RECORD_BYTES = 64 * 1024;

  private static final int LENGTH_BYTES = Integer.BYTES;
  private static final int TAG_BYTES = Long.BYTES;

  private final SocketChannel channel;
  private final LinkInput input;
  private final Nonce nonce;
  private final ByteBuffer outward =
      ByteBuffer.allocateDirect(LENGTH_BYTES + MAX_RECORD_BYTES + TAG_BYTES);
  private final byte[] inward = new byte[MAX_RECORD_BYTES + TAG_BYTES];

  private GuestLink(SocketChannel channel, LinkInput input, Nonce nonce) {
    this.channel = channel;
    this.input = input;
    this.nonce = nonce;
  }

  /**
   * Connects and shakes hands; blocks until the agent has answered, which a booting guest may take
   * minutes to. The caller closes it; closing the socket from another thread ends the wait.
   *
   * @param socket the VMM's, of the virtio-serial port
   * @param freshClone nobody has spoken to this guest before
   * @throws IOException also if the agent speaks no version that we do
   */
  public static GuestLink connect(Path socket, boolean freshClone) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      LinkInput input = new LinkInput(channel);
      return new GuestLink(channel, input, Handshake.perform(channel, input, freshClone));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public ByteBuffer readRecord() throws IOException {
    int length = input.readInt();
    if (length < 1 || length > MAX_RECORD_BYTES) {
      throw new IOException("the guest sent a record of " + length + " bytes");
    }
    input.readFully(inward, length + TAG_BYTES);
    if (ByteBuffer.wrap(inward).getLong(length) != nonce.guestToHostTag()) {
      throw new IOException("the guest sent a record that is not of this connection");
    }
    return ByteBuffer.wrap(inward, 0, length);
  }

  @Override
  public int maxRecordBytes() {
    return MAX_RECORD_BYTES;
  }

  @Override
  public void writeRecord(ByteBuffer header, ByteBuffer payload) throws IOException {
    outward.clear();
    outward.putInt(header.remaining() + payload.remaining()).put(header).put(payload);
    outward.putLong(nonce.hostToGuestTag()).flip();
    while (outward.hasRemaining()) {
      channel.write(outward);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /** Reads a channel through a buffer. */
  static final class LinkInput {
    /** Two records: one is worked on while the next arrives. */
    private static final int BUFFER_BYTES = 2 * MAX_RECORD_BYTES;

    private final InputStream stream;

    LinkInput(SocketChannel channel) {
      this.stream = new BufferedInputStream(Channels.newInputStream(channel), BUFFER_BYTES);
    }

    int read() throws IOException {
      int next = stream.read();
      if (next < 0) {
        throw new IOException("the virtual machine closed the channel");
      }
      return next;
    }

    int readInt() throws IOException {
      return (read() << 24) | (read() << 16) | (read() << 8) | read();
    }

    void readFully(byte[] target, int count) throws IOException {
      if (stream.readNBytes(target, 0, count) < count) {
        throw new IOException("the virtual machine closed the channel");
      }
    }
  }
}
