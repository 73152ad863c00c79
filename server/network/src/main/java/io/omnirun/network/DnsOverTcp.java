package io.omnirun.network;

import io.omnirun.core.Recurring;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
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

  /** As long as other servers wait for the next question; in that time it must be whole. */
  static final Duration IDLE = Duration.ofSeconds(10);

  /**
   * Until a question is answered and the answer taken: name servers are asked for eight seconds.
   */
  private static final Duration ANSWERING = Duration.ofSeconds(30);

  /** How late a connection may end whose time is over. */
  private static final Duration ROUND = Duration.ofMillis(500);

  private static final int MAX_BYTES = 0xffff;

  private final GuestResolver resolver;
  private final ServerSocket listener = new ServerSocket();
  private final Bounds open = new Bounds(MAX_CONNECTIONS_OF_GUEST, MAX_CONNECTIONS);
  private final Map<Socket, Long> deadlines = new ConcurrentHashMap<>();
  private final Duration idle;
  private final Recurring chores = new Recurring();

  DnsOverTcp(InetSocketAddress at, GuestResolver resolver) throws IOException {
    this(at, resolver, IDLE);
  }

  /**
   * @param idle until the next question of a connection is there, all of it
   */
  DnsOverTcp(InetSocketAddress at, GuestResolver resolver, Duration idle) throws IOException {
    this.resolver = resolver;
    this.idle = idle;
    try {
      listener.bind(at);
    } catch (IOException e) {
      listener.close();
      throw e;
    }
    chores.every(
        ROUND, "closing the resolver's connections that take too long", this::closeOverdue);
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listener.getLocalSocketAddress();
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
      setDeadline(socket, idle);
      Thread.startVirtualThread(() -> serve(guest.get(), socket));
    } else {
      socket.close();
    }
  }

  private void serve(Guest guest, Socket socket) {
    try (socket) {
      DataInputStream input = new DataInputStream(socket.getInputStream());
      boolean more = true;
      while (more && !listener.isClosed()) {
        setDeadline(socket, idle);
        byte[] query = new byte[input.readUnsignedShort()];
        input.readFully(query);
        setDeadline(socket, ANSWERING);
        more = answer(guest, query, socket.getOutputStream());
      }
    } catch (IOException e) {
      LOG.debug("a connection to the resolver ends", e);
    } finally {
      deadlines.remove(socket);
      open.leave(guest.id());
    }
  }

  private void setDeadline(Socket socket, Duration time) {
    deadlines.put(socket, System.nanoTime() + time.toNanos());
  }

  /** Closes what takes too long, be it byte by byte; whoever waits for it then fails. */
  private void closeOverdue() {
    long now = System.nanoTime();
    deadlines.forEach(
        (socket, end) -> {
          if (now - end >= 0) {
            close(socket);
          }
        });
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      LOG.warn("a connection to the resolver is not closed", e);
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
    chores.close();
    try {
      listener.close();
    } catch (IOException e) {
      LOG.warn("the resolver's listener is not closed", e);
    }
    deadlines.keySet().forEach(DnsOverTcp::close);
  }
}
