package io.omnirun.network;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The resolver's connections (RFC 7766). Each has a thread, which answers its questions in turn.
 */
final class DnsOverTcp implements Runnable, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DnsOverTcp.class);

  /** Programs open one for an answer that was cut. */
  private static final int MAX_CONNECTIONS_OF_GUEST = 8;

  private static final int MAX_CONNECTIONS = 512;

  /** As long as other servers wait for the next question. */
  private static final Duration IDLE = Duration.ofSeconds(10);

  private static final int MAX_BYTES = 0xffff;

  private final GuestResolver resolver;
  private final ServerSocket listener = new ServerSocket();
  private final Bounds open = new Bounds(MAX_CONNECTIONS_OF_GUEST, MAX_CONNECTIONS);
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

  DnsOverTcp(InetSocketAddress at, GuestResolver resolver) throws IOException {
    this.resolver = resolver;
    try {
      listener.bind(at);
    } catch (IOException e) {
      listener.close();
      throw e;
    }
  }

  @Override
  public void run() {
    while (!listener.isClosed()) {
      try {
        take(listener.accept());
      } catch (IOException e) {
        if (!listener.isClosed()) {
          LOG.warn("a connection to the resolver is lost", e);
        }
      }
    }
  }

  private void take(Socket socket) throws IOException {
    Optional<Guest> guest = resolver.guestAt(socket.getRemoteSocketAddress());
    if (guest.isPresent() && open.enter(guest.get().id())) {
      connections.add(socket);
      Thread.startVirtualThread(() -> serve(guest.get(), socket));
    } else {
      socket.close();
    }
  }

  private void serve(Guest guest, Socket socket) {
    try (socket) {
      socket.setSoTimeout((int) IDLE.toMillis());
      DataInputStream input = new DataInputStream(socket.getInputStream());
      boolean more = true;
      while (more && !listener.isClosed()) {
        byte[] query = new byte[input.readUnsignedShort()];
        input.readFully(query);
        more = answer(guest, query, socket.getOutputStream());
      }
    } catch (IOException e) {
      LOG.debug("a connection to the resolver ends", e);
    } finally {
      connections.remove(socket);
      open.leave(guest.id());
    }
  }

  /** Who asks too much, or no question, is not asked again for the next. */
  private boolean answer(Guest guest, byte[] query, OutputStream output) throws IOException {
    if (!resolver.mayAsk(guest)) {
      return false;
    }
    try {
      Optional<DnsAnswers.Answer> answer = resolver.answer(guest, query);
      if (answer.isPresent()) {
        byte[] wire = answer.get().message().toWire(MAX_BYTES);
        ByteBuffer framed = ByteBuffer.allocate(Short.BYTES + wire.length);
        output.write(framed.putShort((short) wire.length).put(wire).array());
      }
      return answer.isPresent();
    } finally {
      resolver.done(guest);
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
      for (Socket connection : connections) {
        connection.close();
      }
    } catch (IOException e) {
      LOG.warn("the resolver's connections are not closed", e);
    }
  }
}
