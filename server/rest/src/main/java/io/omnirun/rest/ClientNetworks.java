package io.omnirun.rest;

import io.omnirun.http.Exchange;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

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
    return client(exchange).map(ClientNetworks::network).orElseGet(exchange::clientAddress);
  }

  /** The client's own address: what a trusted proxy says, else that of the connection. */
  String address(Exchange exchange) {
    return client(exchange).map(InetAddress::getHostAddress).orElseGet(exchange::clientAddress);
  }

  private Optional<InetAddress> client(Exchange exchange) {
    String direct = exchange.clientAddress();
    List<String> forwarded =
        address.trustedProxies().contains(direct) ? exchange.headers("X-Forwarded-For") : List.of();
    return forwarded.isEmpty()
        ? parse(direct)
        : parse(lastOf(forwarded.getLast())).or(() -> parse(direct));
  }

  /** What stands before the last one, the client may have written itself. */
  private static String lastOf(String line) {
    return line.substring(line.lastIndexOf(',') + 1).strip();
  }

  private static Optional<InetAddress> parse(String text) {
    try {
      return Optional.of(InetAddress.ofLiteral(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static String network(InetAddress client) {
    return client instanceof Inet6Address
        ? HexFormat.of().formatHex(Arrays.copyOf(client.getAddress(), IPV6_NETWORK_BYTES))
        : client.getHostAddress();
  }
}
