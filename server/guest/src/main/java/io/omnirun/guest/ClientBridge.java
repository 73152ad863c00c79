package io.omnirun.guest;

import io.omnirun.guest.yamux.YamuxSession;
import io.omnirun.guest.yamux.YamuxStream;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection joined to a stream of its own: bytes are copied both ways, each way ends
 * by itself, and both are closed when both have ended or one has failed. A client that sends no
 * more gets its answer while something of it comes; in silence it counts as gone.
 */
final class ClientBridge {
  private static final Logger log = LoggerFactory.getLogger(ClientBridge.class);

  /**
   * How long the guest may be silent to a client that sends no more: a socket that was closed looks
   * like one that still reads. Firecracker's vsock resets after 2 s; a busy guest gets some more.
   */
  static final Duration HALF_CLOSED_PATIENCE = Duration.ofSeconds(5);

  private final JoinedStreams joined;
  private final HalfClosedBridges halfClosed;

  private ClientBridge(JoinedStreams joined, HalfClosedBridges halfClosed) {
    this.joined = joined;
    this.halfClosed = halfClosed;
  }

  /** Takes over a client and opens its stream; returns at once. */
  static void start(SocketChannel client, YamuxSession session, HalfClosedBridges halfClosed) {
    Thread.ofVirtual().name("bridge").start(() -> run(client, session, halfClosed));
  }

  private static void run(
      SocketChannel client, YamuxSession session, HalfClosedBridges halfClosed) {
    try (client;
        YamuxStream stream = session.open()) {
      new ClientBridge(new JoinedStreams(client, stream), halfClosed).copyBothWays();
    } catch (IOException e) {
      log.debug("a stream to the guest ended early", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void copyBothWays() throws InterruptedException {
    Thread fromGuest = joined.startFromGuest();
    joined.copyToGuest();
    halfClosed.add(this);
    try {
      awaitEnd(fromGuest);
    } finally {
      halfClosed.remove(this);
    }
  }

  /** Returns when the guest has ended, or is silent; the stream is reset then. */
  private void awaitEnd(Thread fromGuest) throws InterruptedException {
    long before = joined.movedFromGuest();
    while (!fromGuest.join(HALF_CLOSED_PATIENCE)) {
      if (joined.movedFromGuest() == before) {
        log.debug("a stream is reset: its client sends no more, and its guest is silent");
        return;
      }
      before = joined.movedFromGuest();
    }
  }

  /** Ends both ways. */
  void closeBoth(IOException reason) {
    joined.closeBoth(reason);
  }
}
