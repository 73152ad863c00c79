package io.omnirun.network;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The name server of guests, by UDP and TCP at one address and port. A guest is known by the
 * address that its question comes from; others get no answer. How much each may ask is bounded.
 */
public final class GuestResolver implements AutoCloseable {
  /** Questions of one guest that are being answered; each waits for servers for seconds at most. */
  static final int MAX_QUERIES_OF_GUEST = 64;

  /** Of all guests: some 10 KB each, and a socket. */
  private static final int MAX_QUERIES = 1_024;

  private final Guests guests;
  private final DnsAnswers answers;
  private final Bounds inFlight = new Bounds(MAX_QUERIES_OF_GUEST, MAX_QUERIES);
  private final QueryRate rate = new QueryRate(System::nanoTime);
  private final DnsOverUdp udp;
  private final DnsOverTcp tcp;

  private GuestResolver(InetSocketAddress at, Guests guests, DnsAnswers answers)
      throws IOException {
    this.guests = guests;
    this.answers = answers;
    this.udp = new DnsOverUdp(at, this);
    try {
      this.tcp = new DnsOverTcp(udp.address(), this);
    } catch (IOException e) {
      udp.close();
      throw e;
    }
  }

  /**
   * Serves at an address until it is closed.
   *
   * @param names looks up what lists allow
   * @param reachable which addresses are answered
   * @throws IOException if the address cannot be had
   */
  public static GuestResolver start(
      InetSocketAddress at,
      Guests guests,
      DnsUpstream upstream,
      NameResolver names,
      Predicate<Inet4Address> reachable)
      throws IOException {
    GuestResolver resolver =
        new GuestResolver(at, guests, new DnsAnswers(upstream, names, reachable));
    Thread.ofVirtual().name("dns-udp").start(resolver.udp);
    Thread.ofVirtual().name("dns-tcp").start(resolver.tcp);
    return resolver;
  }

  /** Where it serves. */
  public InetSocketAddress address() {
    return udp.address();
  }

  /** The guest that may ask from there now; empty if nobody is there. */
  Optional<Guest> guestAt(SocketAddress source) {
    return source instanceof InetSocketAddress from
            && from.getAddress() instanceof Inet4Address address
        ? guests.at(address)
        : Optional.empty();
  }

  /** Whether one more question of this guest is answered; {@link #done} follows then. */
  boolean mayAsk(Guest guest) {
    return rate.take(guest.id()) && inFlight.enter(guest.id());
  }

  void done(Guest guest) {
    inFlight.leave(guest.id());
  }

  Optional<DnsAnswers.Answer> answer(Guest guest, byte[] query) {
    return answers.answer(guest, query);
  }

  @Override
  public void close() {
    udp.close();
    tcp.close();
  }
}
