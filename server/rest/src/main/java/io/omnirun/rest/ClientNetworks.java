package io.omnirun.rest;

import io.omnirun.http.Exchange;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * From where a request comes, as far as limits are concerned: an IPv4 address, or the network of an
 * IPv6 one, in which a client has as many addresses as it likes.
 */
final class ClientNetworks {
  private static final int IPV6_NETWORK_BYTES = 8;

  private final PublicAddress address;

  ClientNetworks(PublicAddress address) {
    this.address = address;
  }

  String of(Exchange exchange) {
    return network(address(exchange), exchange.clientAddress());
  }

  /** The client's own address: what a trusted proxy says, else that of the connection. */
  String address(Exchange exchange) {
    String direct = exchange.clientAddress();
    if (!address.trustedProxies().contains(direct)) {
      return direct;
    }
    // What stands before the last one, the client may have written itself.
    List<String> forwarded = exchange.headers("X-Forwarded-For");
    return forwarded.isEmpty() ? direct : literal(lastOf(forwarded.getLast()), direct);
  }

  private static String literal(String text, String otherwise) {
    try {
      return InetAddress.ofLiteral(text).getHostAddress();
    } catch (IllegalArgumentException e) {
      return otherwise;
    }
  }

  private static String lastOf(String line) {
    return line.substring(line.lastIndexOf(',') + 1).strip();
  }

  private static String network(String text, String otherwise) {
    try {
      InetAddress parsed = InetAddress.ofLiteral(text);
      return parsed instanceof Inet6Address
          ? HexFormat.of().formatHex(Arrays.copyOf(parsed.getAddress(), IPV6_NETWORK_BYTES))
          : parsed.getHostAddress();
    } catch (IllegalArgumentException e) {
      return otherwise;
    }
  }
}
