package io.omnirun.network;

import io.omnirun.core.BufferPool;
import io.omnirun.model.DomainName;
import io.omnirun.model.EgressEntry.Transfer;
import io.omnirun.model.EgressEvent;
import io.omnirun.model.EgressEvent.Outcome;
import io.omnirun.model.EgressEvent.Reason;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.NetworkPolicy.Verdict;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection from a guest, from its opening to its end. One thread has it; when it is let
 * through, a second one passes on what the server says. Others may close it.
 */
final class ProxiedConnection implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(ProxiedConnection.class);

  /** What the connections of one listener share. */
  record Service(
      ProxyProtocol protocol,
      int port,
      Dialer dialer,
      BufferPool buffers,
      Bounds openings,
      ProxyLimits limits,
      ProxyMeter meter) {}

  private record Route(DomainName name, Outcome outcome, Reason reason, List<Inet4Address> to) {}

  private final Guest guest;
  private final SocketChannel client;
  private final Service service;
  private final AtomicLong bytesUp = new AtomicLong();
  private final AtomicLong bytesDown = new AtomicLong();
  private volatile long deadline;
  private volatile boolean overdue;
  private volatile boolean closed;
  private volatile @Nullable DomainName name;
  private volatile @Nullable SocketChannel server;

  ProxiedConnection(Guest guest, SocketChannel client, Service service) {
    this.guest = guest;
    this.client = client;
    this.service = service;
    this.deadline = System.nanoTime() + service.limits().opening().toNanos();
  }

  Guest guest() {
    return guest;
  }

  @Override
  public void run() {
    Optional<String> shown = Optional.empty();
    try {
      Opening.Complete opening = openingWithinBounds();
      shown = opening.serverName();
      extendDeadline();
      Route route = decide(opening);
      forward(route, opening.forward());
    } catch (RefusedException e) {
      LOG.debug("a connection of {} is refused", guest.id(), e);
      refuse(shown, e.reason());
    } catch (IOException e) {
      LOG.debug("a connection of {} broke", guest.id(), e);
    } finally {
      close();
    }
  }

  /** Refuses it before its opening is read. */
  void refuseAtOnce(Reason reason) {
    refuse(Optional.empty(), reason);
    close();
  }

  private Opening.Complete openingWithinBounds() throws RefusedException, IOException {
    if (!service.openings().enter(guest.id())) {
      throw new RefusedException(Reason.TOO_MANY);
    }
    try {
      return readOpening();
    } finally {
      service.openings().leave(guest.id());
    }
  }

  private Opening.Complete readOpening() throws RefusedException, IOException {
    Opening.Reader reader = service.protocol().reader();
    ByteBuffer buffer = service.buffers().small();
    try {
      while (true) {
        if (client.read(buffer.clear()) < 0) {
          throw new RefusedException(Reason.MALFORMED);
        }
        switch (reader.read(buffer.flip())) {
          case Opening.Complete complete -> {
            return complete;
          }
          case Opening.Malformed malformed -> {
            LOG.debug("{} sent {}", guest.id(), malformed.problem());
            throw new RefusedException(Reason.MALFORMED);
          }
          case Opening.NeedMore() -> {}
        }
      }
    } catch (IOException e) {
      if (overdue) {
        throw new RefusedException(Reason.TOO_SLOW, e);
      }
      throw e;
    } finally {
      service.buffers().giveBack(buffer);
    }
  }

  private Route decide(Opening.Complete opening) throws RefusedException {
    long start = System.nanoTime();
    try {
      Route route = route(opening);
      measured(route.outcome(), start);
      return route;
    } catch (RefusedException e) {
      measured(Outcome.BLOCKED, start);
      throw e;
    }
  }

  private void measured(Outcome outcome, long start) {
    service
        .meter()
        .decided(service.protocol().kind(), outcome, Duration.ofNanos(System.nanoTime() - start));
  }

  private Route route(Opening.Complete opening) throws RefusedException {
    DomainName asked =
        opening
            .serverName()
            .flatMap(DomainName::ofWire)
            .orElseThrow(() -> new RefusedException(Reason.NO_NAME));
    name = asked; // Before the policy is read: one that is set meanwhile finds the name here.
    NetworkPolicy policy = guest.policy();
    if (!policy.mode().isProxied()) {
      throw new RefusedException(Reason.NOT_SERVED);
    }
    Verdict verdict = policy.verdict(asked);
    if (!verdict.passes()) {
      throw new RefusedException(Reason.NOT_LISTED);
    }
    List<Inet4Address> to = service.dialer().addresses(asked);
    return verdict == Verdict.LOGGED
        ? new Route(asked, Outcome.LOGGED, Reason.NOT_LISTED, to)
        : new Route(asked, Outcome.ALLOWED, Reason.LISTED, to);
  }

  private void forward(Route route, ByteBuffer opening) throws RefusedException, IOException {
    SocketChannel dialled = service.dialer().connect(route.to(), service.port());
    server = dialled;
    if (closed) {
      dialled.close(); // Whoever closed it did not see this one.
      return;
    }
    long entry =
        guest.egress().record(event(Optional.of(route.name().value()), address(dialled), route));
    try {
      bytesUp.addAndGet(opening.remaining());
      while (opening.hasRemaining()) {
        dialled.write(opening);
      }
      splice(dialled);
    } finally {
      guest.egress().end(entry, new Transfer(bytesUp.get(), bytesDown.get()));
    }
  }

  private void splice(SocketChannel dialled) {
    Thread down = Thread.startVirtualThread(() -> pump(dialled, client, bytesDown));
    pump(client, dialled, bytesUp);
    boolean interrupted = false;
    while (down.isAlive()) {
      try {
        down.join();
      } catch (InterruptedException e) {
        interrupted = true;
        close();
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** A direction that ends leaves the other one open; one that breaks takes it along. */
  private void pump(SocketChannel from, SocketChannel to, AtomicLong counter) {
    try (Pump pump = new Pump(from, to, service.buffers())) {
      pump.run(
          bytes -> {
            counter.addAndGet(bytes);
            extendDeadline();
          });
    } catch (IOException e) {
      LOG.debug("a connection of {} broke", guest.id(), e);
      close();
    }
  }

  private void extendDeadline() {
    deadline = System.nanoTime() + service.limits().idle().toNanos();
  }

  private void refuse(Optional<String> shown, Reason reason) {
    guest
        .egress()
        .record(
            new EgressEvent(
                service.protocol().kind(),
                shown,
                Optional.empty(),
                service.port(),
                Outcome.BLOCKED,
                reason));
    try {
      if (client.isOpen()) {
        client.write(service.protocol().refusal(reason));
        client.shutdownOutput();
      }
    } catch (IOException e) {
      LOG.debug("{} does not hear that it is refused", guest.id(), e);
    }
  }

  private EgressEvent event(Optional<String> shown, Optional<Inet4Address> to, Route route) {
    return new EgressEvent(
        service.protocol().kind(), shown, to, service.port(), route.outcome(), route.reason());
  }

  private static Optional<Inet4Address> address(SocketChannel dialled) throws IOException {
    return dialled.getRemoteAddress() instanceof InetSocketAddress remote
            && remote.getAddress() instanceof Inet4Address address
        ? Optional.of(address)
        : Optional.empty();
  }

  /** Closes it if nothing came for too long. */
  void closeIfOver(long nanoTime) {
    if (nanoTime - deadline > 0) {
      overdue = true;
      close();
    }
  }

  /** Closes it if the guest may no longer have it. One that is still opening is judged later. */
  void recheck() {
    DomainName asked = name;
    NetworkPolicy policy = guest.policy();
    if (asked != null && !(policy.mode().isProxied() && policy.verdict(asked).passes())) {
      close();
    }
  }

  void close() {
    closed = true;
    SocketChannel dialled = server;
    try (client) {
      if (dialled != null) {
        dialled.close();
      }
    } catch (IOException e) {
      LOG.debug("a connection of {} is not closed well", guest.id(), e);
    }
  }
}
