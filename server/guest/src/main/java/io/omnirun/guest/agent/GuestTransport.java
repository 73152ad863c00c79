package io.omnirun.guest.agent;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.Promise;

/**
 * Reaches a guest's port through a unix socket with Firecracker's handshake, which a QEMU guest has
 * too. Connections are pooled by socket and port: a socket's name belongs to one machine for ever.
 */
final class GuestTransport extends Transport.TCPUnix {
  private final Path socket;
  private final int port;

  GuestTransport(Path socket, int port) {
    super(socket);
    this.socket = socket;
    this.port = port;
  }

  @Override
  public Connection newConnection(EndPoint endPoint, Map<String, Object> context) {
    ClientConnector connector =
        (ClientConnector)
            Objects.requireNonNull(context.get(ClientConnector.CONTEXT_KEY), "no connector");
    return new PrefaceConnection(
        endPoint,
        connector.getExecutor(),
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
