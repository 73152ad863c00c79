package io.omnirun.guest.link;

import io.omnirun.guest.yamux.Wire;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * A connection to a guest's agent after its handshake: records in both directions. One thread
 * reads, one at a time writes. A record is passed on only after its tag has come, so that no byte
 * of another connection ever is. Source: api/link.md.
 */
public final class LinkConnection implements Wire {
  /** The longest payload of a record. */
  static final int MAX_RECORD_BYTES = 64 * 1024;

  /** The first version in which the guest opens streams, too. */
  private static final int GUEST_OPENS = 2;

  private static final int LENGTH_BYTES = Integer.BYTES;
  private static final int TAG_BYTES = Long.BYTES;

  /** The longest record with all that belongs to it. */
  static final int MAX_WIRE_BYTES = LENGTH_BYTES + MAX_RECORD_BYTES + TAG_BYTES;

  private final SocketChannel channel;
  private final LinkInput input;
  private final int version;
  private final long inwardTag;
  private final long outwardTag;
  private final ByteBuffer outward = ByteBuffer.allocateDirect(MAX_WIRE_BYTES);

  private LinkConnection(SocketChannel channel, LinkInput input, LinkMessage start) {
    this.channel = channel;
    this.input = input;
    this.version = start.version();
    this.inwardTag = start.nonce().guestToHostTag();
    this.outwardTag = start.nonce().hostToGuestTag();
  }

  /**
   * Connects and shakes hands; blocks until the agent has answered. The caller closes the
   * connection. Interrupting the thread ends the wait.
   *
   * @param dialer how the agent is reached
   * @param freshClone nobody has spoken to this guest before
   * @param timeout for the agent's answer; a guest that boots takes long
   * @throws SocketTimeoutException if the agent has not answered in time
   * @throws IOException if there is no VMM, or the agent speaks no version that we do
   */
  public static LinkConnection connect(GuestDialer dialer, boolean freshClone, Duration timeout)
      throws IOException {
    return open(
        dialer,
        timeout,
        (channel, input) ->
            new LinkConnection(channel, input, Handshake.perform(channel, input, freshClone)));
  }

  /**
   * Makes sure that the agent has seen the end of its last session, and waits for the next: a
   * snapshot taken before that would hold the old session in every clone. Connects, and leaves
   * again.
   *
   * @param dialer how the agent is reached
   * @param timeout for the agent's answer
   * @throws SocketTimeoutException if the agent has not answered in time
   * @throws IOException if there is no VMM
   */
  public static void awaitIdle(GuestDialer dialer, Duration timeout) throws IOException {
    open(
            dialer,
            timeout,
            (channel, input) -> {
              Handshake.greet(channel, input);
              return channel;
            })
        .close();
  }

  /** What is done on a channel within a time. */
  private interface Opening<T> {
    T open(SocketChannel channel, LinkInput input) throws IOException;
  }

  private static <T> T open(GuestDialer dialer, Duration timeout, Opening<T> opening)
      throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    ClosingDeadline deadline = ClosingDeadline.start(timeout, channel);
    try {
      // Nobody reads answers while the HELLOs are written: they must all fit.
      channel.setOption(StandardSocketOptions.SO_SNDBUF, 2 * Handshake.FLOOD_BYTES);
      dialer.connect(channel);
      T opened = opening.open(channel, new LinkInput(channel));
      if (!deadline.callOff()) {
        throw new SocketTimeoutException("the answer came too late");
      }
      return opened;
    } catch (IOException | RuntimeException e) {
      channel.close();
      if (!deadline.callOff()) {
        throw timedOut(timeout, e);
      }
      throw e;
    }
  }

  private static SocketTimeoutException timedOut(Duration timeout, Exception cause) {
    SocketTimeoutException late =
        new SocketTimeoutException("the guest's agent did not answer within " + timeout);
    late.initCause(cause);
    return late;
  }

  /** Whether the version that was agreed on has streams that the guest opens. */
  public boolean guestOpensStreams() {
    return version >= GUEST_OPENS;
  }

  @Override
  public ByteBuffer readRecord() throws IOException {
    ByteBuffer header = input.require(LENGTH_BYTES);
    int length = header.getInt(header.position());
    if (length < 1 || length > MAX_RECORD_BYTES) {
      throw new IOException("the guest sent a record of " + length + " bytes");
    }
    int wireBytes = LENGTH_BYTES + length + TAG_BYTES;
    ByteBuffer record = input.require(wireBytes);
    int start = record.position() + LENGTH_BYTES;
    if (record.getLong(start + length) != inwardTag) {
      throw new IOException("the guest sent a record that is not of this connection");
    }
    input.skip(wireBytes);
    return record.slice(start, length);
  }

  @Override
  public int maxRecordBytes() {
    return MAX_RECORD_BYTES;
  }

  @Override
  public void writeRecord(ByteBuffer header, ByteBuffer payload) throws IOException {
    outward.clear();
    outward.putInt(header.remaining() + payload.remaining()).put(header).put(payload);
    outward.putLong(outwardTag).flip();
    while (outward.hasRemaining()) {
      channel.write(outward);
    }
  }

  /** Closes the socket; the guest's streams fail. Idempotent. */
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
