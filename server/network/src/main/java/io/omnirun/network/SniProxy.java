package io.omnirun.network;

import io.omnirun.core.BufferPool;
import io.omnirun.core.Recurring;
import io.omnirun.model.EgressEvent.Reason;
import io.omnirun.model.SandboxId;
import io.omnirun.network.ProxiedConnection.Service;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the connections that guests meant for servers of the internet, and makes them to the server
 * that their first bytes name, if the guest's policy lists it; at the addresses that this host's
 * name servers give for it, whatever address the guest meant. It opens no TLS: who the server is,
 * the guest checks itself. Connections from where no guest is are closed.
 */
public final class SniProxy implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SniProxy.class);

  /** How late a connection may end whose time is over. */
  private static final Duration ROUND = Duration.ofSeconds(1);

  /** Of one guest's connections, how many may not have said yet where they go. */
  static final int MAX_OPENINGS_OF_GUEST = 128;

  /** Of all guests' connections: each of these may hold 32 KiB of the heap. */
  private static final int MAX_OPENINGS = 1_024;

  private final Guests guests;
  private final Dialer dialer;
  private final ProxyLimits limits;
  private final ProxyMeter meter;
  private final Bounds open;
  private final Bounds openings = new Bounds(MAX_OPENINGS_OF_GUEST, MAX_OPENINGS);
  private final BufferPool buffers = Pump.buffers();
  private final List<ProxyListener> listeners = new CopyOnWriteArrayList<>();
  private final Set<ProxiedConnection> connections = ConcurrentHashMap.newKeySet();
  private final Recurring chores = new Recurring();

  /**
   * @param reachable which of a name's addresses are dialled
   */
  public SniProxy(
      Guests guests,
      NameResolver names,
      Predicate<Inet4Address> reachable,
      ProxyLimits limits,
      ProxyMeter meter) {
    this.guests = guests;
    this.dialer = new Dialer(names, reachable, limits.connect());
    this.limits = limits;
    this.meter = meter;
    this.open = new Bounds(limits.connectionsOfGuest(), limits.connections());
    chores.every(ROUND, "ending connections whose time is over", this::endOverdue);
  }

  /**
   * Takes connections of a protocol at an address until it is closed, and says at which.
   *
   * @param port of the servers
   * @throws IOException if the address cannot be had
   */
  public InetSocketAddress listen(InetSocketAddress at, ProxyProtocol protocol, int port)
      throws IOException {
    Service service = new Service(protocol, port, dialer, buffers, openings, limits, meter);
    ProxyListener listener = new ProxyListener(at, client -> take(client, service));
    listeners.add(listener);
    Thread.ofVirtual().name("proxy-" + protocol).start(listener);
    return listener.address();
  }

  private void take(SocketChannel client, Service service) {
    Optional<Guest> guest = guestAt(client);
    if (guest.isEmpty()) {
      closeQuietly(client);
      return;
    }
    ProxiedConnection connection = new ProxiedConnection(guest.get(), client, service);
    if (open.enter(guest.get().id())) {
      connections.add(connection);
      Thread.startVirtualThread(() -> serve(connection));
    } else {
      connection.refuseAtOnce(Reason.TOO_MANY);
    }
  }

  private Optional<Guest> guestAt(SocketChannel client) {
    return client.socket().getInetAddress() instanceof Inet4Address source
        ? guests.at(source)
        : Optional.empty();
  }

  private void serve(ProxiedConnection connection) {
    try {
      connection.run();
    } finally {
      connections.remove(connection);
      open.leave(connection.guest().id());
    }
  }

  /** Closes what a guest may no longer have; called after its policy has changed. */
  public void recheck(SandboxId sandbox) {
    connectionsOf(sandbox).forEach(ProxiedConnection::recheck);
  }

  /** Closes all that a guest has open; called when it is paused or gone. */
  public void drop(SandboxId sandbox) {
    connectionsOf(sandbox).forEach(ProxiedConnection::close);
  }

  private List<ProxiedConnection> connectionsOf(SandboxId sandbox) {
    return connections.stream()
        .filter(connection -> connection.guest().id().equals(sandbox))
        .toList();
  }

  private void endOverdue() {
    long now = System.nanoTime();
    connections.forEach(connection -> connection.closeIfOver(now));
  }

  private static void closeQuietly(SocketChannel client) {
    try {
      client.close();
    } catch (IOException e) {
      LOG.debug("a connection from nowhere is not closed well", e);
    }
  }

  @Override
  public void close() {
    listeners.forEach(ProxyListener::close);
    chores.close();
    connections.forEach(ProxiedConnection::close);
  }
}
