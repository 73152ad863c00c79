package io.omnirun.network;

import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicInteger;

/** Addresses of this host that stand for guests and servers. */
final class Loopback {
  private static final AtomicInteger TAKEN = new AtomicInteger();

  private Loopback() {}

  static Inet4Address address(String text) {
    return (Inet4Address) Inet4Address.ofLiteral(text);
  }

  /**
   * Any port of an address that nothing else uses: what serves UDP and TCP needs a port that is
   * free for both.
   */
  static InetSocketAddress any() {
    int number = TAKEN.incrementAndGet();
    return new InetSocketAddress(
        address("127.100.%d.%d".formatted(number >> 8 & 0xff, number & 0xff)), 0);
  }
}
