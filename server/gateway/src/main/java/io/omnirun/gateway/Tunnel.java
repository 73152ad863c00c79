package io.omnirun.gateway;

import io.omnirun.http.ClientTunnel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bytes between a client and a guest that speak something else than HTTP. What does not fit into a
 * buffer waits where it is. When one side ends, so does the other.
 */
final class Tunnel extends SilenceWatch.Watched implements ClientTunnel.Talk {
  private static final Logger log = LoggerFactory.getLogger(Tunnel.class);

  private final GuestConnection guest;
  private final ByteBuffer early;
  private final Buffers buffers;
  private volatile @Nullable ClientTunnel client;

  /**
   * @param early what the guest has sent already
   */
  Tunnel(GuestConnection guest, ByteBuffer early, Buffers buffers, Duration patience) {
    super(patience);
    this.guest = guest;
    this.early = early;
    this.buffers = buffers;
  }

  @Override
  public void run(ClientTunnel joined) throws IOException {
    client = joined;
    Thread up = Thread.ofVirtual().name("tunnel-up").start(() -> toGuest(joined));
    try {
      toClient(joined);
    } finally {
      end();
    }
    try {
      up.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void toClient(ClientTunnel joined) throws IOException {
    if (early.hasRemaining()) {
      joined.write(early);
    }
    ByteBuffer buffer = buffers.small();
    try {
      int count = guest.read(buffer);
      while (count >= 0) {
        moved();
        joined.write(buffer.flip());
        moved();
        buffer = buffers.fit(buffer, count);
        count = guest.read(buffer);
      }
      joined.endOutput();
    } finally {
      buffers.giveBack(buffer);
    }
  }

  private void toGuest(ClientTunnel joined) {
    ByteBuffer buffer = buffers.small();
    try {
      while (joined.read(buffer)) {
        int count = buffer.remaining();
        moved();
        guest.write(buffer);
        moved();
        buffer = buffers.fit(buffer, count);
      }
    } catch (IOException e) {
      log.debug("a tunnel to a guest ended early", e);
    } finally {
      buffers.giveBack(buffer);
      end();
    }
  }

  @Override
  void revoke(Problem reason) {
    log.debug("a tunnel is over: {}", reason.slug());
    end();
  }

  /** Breaks both sides: whoever is stuck in one fails. */
  @Override
  void end() {
    guest.close();
    ClientTunnel joined = client;
    if (joined != null) {
      joined.close();
    }
  }
}
