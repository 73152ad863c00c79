package io.omnirun.guest;

import io.omnirun.guest.link.GuestDialer;
import io.omnirun.guest.link.LinkConnection;
import io.omnirun.guest.yamux.YamuxSession;
import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a guest look like one of Firecracker's vsock sockets: a unix socket whose connections each
 * become a stream to the guest, at most {@value YamuxSession#MAX_STREAMS} at a time (more are
 * closed at once). A client that sends no more has its answer while the guest goes on with it:
 * after some seconds of silence, or when too many wait like that, its stream is reset. It copies
 * bytes and parses none: the {@code CONNECT} preface is between the client and the agent. Streams
 * that the guest opens it joins to the host's services; there are few at a time. Thread-safe.
 */
public final class MuxFront implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(MuxFront.class);

  private final Path path;
  private final ServerSocketChannel listener;
  private final YamuxSession session;
  private final HalfClosedBridges halfClosed = new HalfClosedBridges();
  private final CompletableFuture<IOException> ended = new CompletableFuture<>();

  private MuxFront(Path path, ServerSocketChannel listener, YamuxSession session) {
    this.path = path;
    this.listener = listener;
    this.session = session;
  }

  /**
   * Shakes hands with the guest and begins to listen; blocks until the agent has answered. The
   * caller closes it.
   *
   * @param dialer how the agent is reached
   * @param path where to listen, with mode 0600; an old socket there is replaced
   * @param freshClone nobody has spoken to this guest before
   * @param timeout for the agent's answer
   * @throws IOException as {@link LinkConnection#connect}, or if {@code path} cannot be had
   */
  public static MuxFront open(GuestDialer dialer, Path path, boolean freshClone, Duration timeout)
      throws IOException {
    return open(dialer, path, freshClone, timeout, HostServices.NONE);
  }

  /**
   * The same for a guest that may call the host.
   *
   * @param services what it reaches there, if its agent is of a version that does
   */
  public static MuxFront open(
      GuestDialer dialer, Path path, boolean freshClone, Duration timeout, HostServices services)
      throws IOException {
    LinkConnection link = LinkConnection.connect(dialer, freshClone, timeout);
    YamuxSession session =
        link.guestOpensStreams()
            ? YamuxSession.start(link, stream -> ServiceBridge.serve(stream, services))
            : YamuxSession.start(link);
    try {
      MuxFront front = new MuxFront(path, listen(path), session);
      session.ended().thenAccept(front::stopListening);
      Thread.ofVirtual().name("mux-front").start(front::acceptAll);
      return front;
    } catch (IOException | RuntimeException e) {
      session.close();
      throw e;
    }
  }

  private static ServerSocketChannel listen(Path path) throws IOException {
    Files.deleteIfExists(path);
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      listener.bind(UnixDomainSocketAddress.of(path), YamuxSession.MAX_STREAMS);
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
      return listener;
    } catch (IOException | RuntimeException e) {
      listener.close();
      throw e;
    }
  }

  /** Lets callers of this process open streams without the socket, as long as the session lasts. */
  public void addTo(LocalSessions sessions) {
    sessions.add(path, session);
  }

  /**
   * Completes once, with the reason, when the guest cannot be reached this way any more: it broke
   * the protocol, its VMM is gone, or the front was closed. The socket is removed by then: another
   * front may be opened at its path.
   */
  public CompletableFuture<IOException> ended() {
    return ended.copy();
  }

  private void acceptAll() {
    try {
      while (true) {
        ClientBridge.start(listener.accept(), session, halfClosed);
      }
    } catch (ClosedChannelException e) {
      log.debug("{} takes no more connections", path.getFileName(), e);
    } catch (IOException e) {
      session.close(new IOException("the socket in front of the guest broke", e));
    }
  }

  private void stopListening(IOException reason) {
    log.debug("{} ends", path.getFileName(), reason);
    try (listener) {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      log.warn("the socket in front of a guest could not be removed", e);
    }
    ended.complete(reason);
  }

  /** Ends the session with all streams and removes the socket. Idempotent. */
  @Override
  public void close() {
    session.close();
  }
}
