package io.omnirun.guest;

import static java.util.Objects.requireNonNull;

import io.omnirun.guest.link.ClosingDeadline;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Byte streams to one guest's ports, through a unix socket with Firecracker's handshake: its own
 * vsock socket, or a {@link MuxFront}. Immutable and thread-safe.
 */
public final class GuestChannel {
  private final Path socket;

  /** Connects to nothing yet. */
  public GuestChannel(Path socket) {
    this.socket = requireNonNull(socket, "socket is null");
  }

  /**
   * Opens a stream to a port; blocks until the guest has joined it. The caller closes the stream,
   * which has no time-out of its own. It can be closed for writing alone; the guest's answer is
   * then cut off where it pauses for some seconds.
   *
   * @param port 1 to 65,535 are the guest's TCP ports on 127.0.0.1, others are in api/link.md
   * @param timeout for the guest's answer
   * @throws PortClosedException if nothing listens there
   * @throws SocketTimeoutException if the guest has not answered in time
   * @throws IOException if there is no guest, or it does not keep to the protocol
   */
  public SocketChannel dial(int port, Duration timeout) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    ClosingDeadline deadline = ClosingDeadline.start(timeout, channel);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      shakeHands(channel, port);
      if (!deadline.callOff()) {
        throw new SocketTimeoutException("the answer came too late");
      }
      return channel;
    } catch (IOException | RuntimeException e) {
      channel.close();
      if (!deadline.callOff()) {
        throw timedOut(timeout, e);
      }
      throw e;
    }
  }

  /** Asks for a port on a connection; not a byte of what follows the answer is taken. */
  static void shakeHands(SocketChannel channel, int port) throws IOException {
    ByteBuffer request = Preface.request(port);
    while (request.hasRemaining()) {
      channel.write(request);
    }
    Preface.Answer answer = new Preface.Answer();
    ByteBuffer next = ByteBuffer.allocate(1);
    do {
      if (channel.read(next.clear()) < 0) {
        throw new PortClosedException(port);
      }
    } while (!answer.isCompleteWith(next.get(0)));
  }

  private static SocketTimeoutException timedOut(Duration timeout, Exception cause) {
    SocketTimeoutException late =
        new SocketTimeoutException("the guest did not answer within " + timeout);
    late.initCause(cause);
    return late;
  }
}
