package io.omnirun.guest.agent;

import io.omnirun.guest.Preface;
import java.io.IOException;
import java.nio.ByteBuffer;
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
  private final int port;
  private final GuestTransport.Upgrade upgrade;
  private final Promise<?> awaited;
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
  }

  @Override
  public void onOpen() {
    super.onOpen();
    getEndPoint().write(Callback.from(this::fillInterested, this::failed), Preface.request(port));
  }

  /** Reads a byte at a time: what follows the answer belongs to the connection that takes over. */
  @Override
  public void onFillable() {
    ByteBuffer one = BufferUtil.allocate(1);
    try {
      while (true) {
        int filled = getEndPoint().fill(one);
        if (filled < 0) {
          throw new IOException("nothing listens on port " + port + " of the guest");
        }
        if (filled == 0) {
          fillInterested();
          return;
        }
        if (answer.isCompleteWith(one.get(0))) {
          getEndPoint().upgrade(upgrade.connection());
          return;
        }
        BufferUtil.clear(one);
      }
    } catch (IOException | RuntimeException e) {
      failed(e);
    }
  }

  private void failed(Throwable cause) {
    close();
    awaited.failed(cause);
  }
}
