package io.omnirun.network;

import java.net.Inet4Address;
import java.net.InetSocketAddress;

/** Addresses of this host that stand for guests and servers. */
final class Loopback {
  private Loopback() {}

  static Inet4Address address(String text) {
    return (Inet4Address) Inet4Address.ofLiteral(text);
  }

  static InetSocketAddress any() {
    return new InetSocketAddress(address("127.0.0.1"), 0);
  }
}
