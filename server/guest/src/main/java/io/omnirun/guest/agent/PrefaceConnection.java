package io.omnirun.guest.agent;

import static org.eclipse.jetty.util.thread.Invocable.InvocationType.NON_BLOCKING;

import io.omnirun.guest.PortClosedException;
import io.omnirun.guest.Preface;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.eclipse.jetty.io.AbstractConnection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;

/**
 * Says which port is meant and waits for the guest's word that it is joined; then another
 * connection takes over.
 */
final class PrefaceConnection extends AbstractConnection {
  /** The agent answers at once; a guest that is emulated and has much to do may need seconds. */
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final int port;
  private final GuestTransport.Upgrade upgrade;
  private final Promise<?> awaited;
  private final long idleTimeoutMs;
  private final Preface.Answer answer = new Preface.Answer();

  PrefaceConnection(
      EndPoint endPoint,
      Executor executor,
      int port,
      GuestTransport.Upgrade upgrade,
      Promise<?> awaited) {
    super(endPoint, executor);
    this.port = port;
    this.upgrade = upgrade;
    this.awaited = awaited;
    this.idleTimeoutMs = endPoint.getIdleTimeout();
  }

  @Override
  public void onOpen() {
    super.onOpen();
    getEndPoint().setIdleTimeout(TIMEOUT.toMillis());
    getEndPoint()
        .write(
            Callback.from(NON_BLOCKING, this::fillInterested, this::failed), Preface.request(port));
  }

  /** Reads a byte at a time: what follows the answer belongs to the connection that takes over. */
  @Override
  public void onFillable() {
    ByteBuffer next = BufferUtil.allocate(1);
    try {
      while (true) {
        int filled = getEndPoint().fill(next);
        if (filled < 0) {
          throw new PortClosedException(port);
        }
        if (filled == 0) {
          fillInterested();
          return;
        }
        if (answer.isCompleteWith(next.get(0))) {
          handOver();
          return;
        }
        BufferUtil.clear(next);
      }
    } catch (IOException | RuntimeException e) {
      failed(e);
    }
  }

  private void handOver() throws IOException {
    getEndPoint().setIdleTimeout(idleTimeoutMs);
    getEndPoint().upgrade(upgrade.connection());
  }

  /** The guest did not answer in time, or the connection broke. */
  @Override
  public void onFillInterestedFailed(Throwable cause) {
    failed(cause);
  }

  private void failed(Throwable cause) {
    close();
    awaited.failed(cause);
  }
}
