package io.omnirun.guest;

import io.omnirun.guest.link.GuestLink;
import io.omnirun.guest.yamux.YamuxSession;
import io.omnirun.guest.yamux.YamuxStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a QEMU guest look like one of Firecracker's vsock sockets: a unix socket whose connections
 * each become a stream to the guest. It copies bytes and parses none: the {@code CONNECT} preface
 * is between the client and the agent.
 */
public final class MuxFront implements Closeable {
  private static final Logger log = LoggerFactory.getLogger(MuxFront.class);

  /** The port's own unit: larger buffers bring nothing, smaller ones cost rate. */
  private static final int BUFFER_BYTES = 64 * 1024;

  private final Path path;
  private final ServerSocketChannel listener;
  private final YamuxSession session;

  private MuxFront(Path path, ServerSocketChannel listener, YamuxSession session) {
    this.path = path;
    this.listener = listener;
    this.session = session;
  }

  /**
   * Shakes hands with the guest and begins to listen; blocks until the agent has answered.
   *
   * @param vmmSocket the VMM's socket of the virtio-serial port
   * @param path where to listen; an old socket there is replaced
   * @param freshClone nobody has spoken to this guest before
   */
  public static MuxFront open(Path vmmSocket, Path path, boolean freshClone) throws IOException {
    Files.deleteIfExists(path);
    YamuxSession session = YamuxSession.start(GuestLink.connect(vmmSocket, freshClone));
    try {
      ServerSocketChannel listener = listen(path);
      MuxFront front = new MuxFront(path, listener, session);
      Thread.ofVirtual().name("mux-front").start(front::acceptAll);
      session.ended().thenAccept(reason -> front.stopListening());
      return front;
    } catch (IOException e) {
      session.close();
      throw e;
    }
  }

  private static ServerSocketChannel listen(Path path) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      listener.bind(UnixDomainSocketAddress.of(path), YamuxSession.MAX_STREAMS);
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
      return listener;
    } catch (IOException e) {
      listener.close();
      throw e;
    }
  }

  /** Completes once, with the reason, when the guest cannot be reached this way any more. */
  public CompletableFuture<IOException> ended() {
    return session.ended();
  }

  private void acceptAll() {
    try {
      while (true) {
        SocketChannel client = listener.accept();
        try {
          join(client, session.open());
        } catch (IOException e) {
          log.debug("a stream to the guest was refused", e);
          client.close();
        }
      }
    } catch (IOException e) {
      log.debug("{} takes no more connections", path.getFileName(), e);
    }
  }

  private static void join(SocketChannel client, YamuxStream stream) {
    Thread toGuest = Thread.ofVirtual().name("to-guest").start(() -> toGuest(client, stream));
    Thread.ofVirtual().name("from-guest").start(() -> fromGuest(client, stream, toGuest));
  }

  private static void toGuest(SocketChannel client, YamuxStream stream) {
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    try {
      while (client.read(buffer.clear()) >= 0) {
        stream.write(buffer.flip());
      }
      stream.closeWrite();
    } catch (IOException e) {
      close(client, stream);
    }
  }

  /**
   * The last to end closes: a client reads to the end of the guest's bytes, then closes its own
   * way.
   */
  private static void fromGuest(SocketChannel client, YamuxStream stream, Thread toGuest) {
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    try {
      while (stream.read(buffer.clear()) >= 0) {
        buffer.flip();
        while (buffer.hasRemaining()) {
          client.write(buffer);
        }
      }
      client.shutdownOutput();
      toGuest.join();
    } catch (IOException e) {
      log.trace("a stream to the guest ended early", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      close(client, stream);
    }
  }

  private static void close(SocketChannel client, YamuxStream stream) {
    try (client;
        stream) {
      log.trace("a stream to the guest ends");
    } catch (IOException e) {
      log.debug("a stream to the guest was not closed cleanly", e);
    }
  }

  private void stopListening() {
    try {
      listener.close();
      Files.deleteIfExists(path);
    } catch (IOException e) {
      log.warn("the socket in front of a guest could not be removed", e);
    }
  }

  /** Ends the session with all streams. Idempotent. */
  @Override
  public void close() {
    session.close();
  }
}
