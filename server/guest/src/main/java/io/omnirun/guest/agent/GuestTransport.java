package io.omnirun.guest.agent;

import io.omnirun.guest.LocalSessions;
import io.omnirun.guest.yamux.YamuxSession;
import io.omnirun.guest.yamux.YamuxStream;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.Promise;

/**
 * Reaches a guest's port by a stream of its session, if this process has that, or else through a
 * unix socket with the same handshake. Connections are pooled by socket and port: a socket's name
 * belongs to one machine for ever.
 */
final class GuestTransport extends Transport.TCPUnix {
  private final Path socket;
  private final int port;
  private final LocalSessions sessions;
  private final Executor threads;

  /**
   * @param threads one for each task: connecting waits for a guest
   */
  GuestTransport(Path socket, int port, LocalSessions sessions, Executor threads) {
    super(socket);
    this.socket = socket;
    this.port = port;
    this.sessions = sessions;
    this.threads = threads;
  }

  @Override
  public void connect(SocketAddress address, Map<String, Object> context) {
    sessions
        .of(socket)
        .ifPresentOrElse(
            session -> threads.execute(() -> openStream(session, context)),
            () -> super.connect(address, context));
  }

  private void openStream(YamuxSession session, Map<String, Object> context) {
    try {
      connect(session.open(), context);
    } catch (IOException | RuntimeException e) {
      promise(context).failed(e);
    } catch (Error e) {
      // Of memory that another guest's calls have used up, say: whoever waits must not wait on.
      promise(context).failed(e);
      throw e;
    }
  }

  private void connect(YamuxStream stream, Map<String, Object> context) throws IOException {
    try {
      StreamEndPoint endPoint =
          new StreamEndPoint(
              stream, connector(context).getScheduler(), threads, getSocketAddress());
      endPoint.setConnection(newConnection(endPoint, context));
      endPoint.onOpen();
      endPoint.getConnection().onOpen();
    } catch (RuntimeException | Error e) {
      stream.close();
      throw e;
    }
  }

  private static ClientConnector connector(Map<String, Object> context) {
    return (ClientConnector)
        Objects.requireNonNull(context.get(ClientConnector.CONTEXT_KEY), "no connector");
  }

  @Override
  public Connection newConnection(EndPoint endPoint, Map<String, Object> context) {
    return new PrefaceConnection(
        endPoint,
        connector(context).getExecutor(),
        port,
        () -> super.newConnection(endPoint, context),
        promise(context));
  }

  @SuppressWarnings("unchecked")
  private static Promise<Object> promise(Map<String, Object> context) {
    return (Promise<Object>)
        Objects.requireNonNull(
            context.get(org.eclipse.jetty.client.Connection.PROMISE_CONTEXT_KEY),
            "nobody awaits the connection");
  }

  /** Makes the connection that takes over. */
  interface Upgrade {
    Connection connection() throws IOException;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GuestTransport transport
        && socket.equals(transport.socket)
        && port == transport.port;
  }

  @Override
  public int hashCode() {
    return Objects.hash(socket, port);
  }
}
