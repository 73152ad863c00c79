package io.omnirun.guest;

import io.omnirun.guest.yamux.YamuxStream;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stream that a guest has opened joined to the service that it names: bytes are copied both ways,
 * and each way ends by itself. A service that has ended ends it all, once the guest has had time to
 * end its way.
 */
final class ServiceBridge {
  private static final Logger log = LoggerFactory.getLogger(ServiceBridge.class);

  /** For the one line that an agent sends at once. */
  static final Duration PREFACE_PATIENCE = Duration.ofSeconds(10);

  /** What was sent last may have a slow reader; then the guest has nothing more to say. */
  private static final Duration ENDED_PATIENCE = Duration.ofSeconds(30);

  private ServiceBridge() {}

  /** Returns when the stream is over; the caller closes it. */
  static void serve(YamuxStream stream, HostServices services)
      throws IOException, InterruptedException {
    serve(stream, services, PREFACE_PATIENCE);
  }

  static void serve(YamuxStream stream, HostServices services, Duration prefacePatience)
      throws IOException, InterruptedException {
    stream.acknowledge();
    Optional<SocketChannel> service = services.connect(readPort(stream, prefacePatience));
    if (service.isPresent()) {
      try (SocketChannel channel = service.get()) {
        copyBothWays(new JoinedStreams(channel, stream));
      }
    }
  }

  private static int readPort(YamuxStream stream, Duration patience) throws IOException {
    long end = System.nanoTime() + patience.toNanos();
    Preface.Request request = new Preface.Request();
    ByteBuffer next = ByteBuffer.allocate(1);
    OptionalInt port;
    do {
      // A byte from time to time is no reason to wait longer.
      long left = end - System.nanoTime();
      if (left <= 0) {
        throw new SocketTimeoutException("the guest did not name a port in time");
      }
      if (stream.read(next.clear(), Duration.ofNanos(left)) < 0) {
        throw new IOException("the guest named no port");
      }
      port = request.portWith(next.get(0));
    } while (port.isEmpty());
    return port.getAsInt();
  }

  private static void copyBothWays(JoinedStreams joined) throws InterruptedException {
    Thread fromGuest = joined.startFromGuest();
    joined.copyToGuest();
    if (!fromGuest.join(ENDED_PATIENCE)) {
      log.debug("a stream is reset: its service has ended, and its guest has not");
    }
  }
}
