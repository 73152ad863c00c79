package io.omnirun.network;

import io.omnirun.model.Ipv4Network;
import java.net.Inet4Address;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Which addresses a name may lead a guest to. It is the router's rule once more, for the
 * connections that the proxy makes in the host's own name: without it, a name that resolves to the
 * host or to its neighbours would reach them.
 *
 * @param exceptions what the operator has opened to guests; goes before all else
 * @param ownAddresses the host's
 */
public record AddressRule(List<Ipv4Network> exceptions, Predicate<Inet4Address> ownAddresses)
    implements Predicate<Inet4Address> {
  /** The same as {@code never} in the router's rules ({@code rules.nft}). */
  static final List<Ipv4Network> NEVER =
      Stream.of(
              "0.0.0.0/8",
              "10.0.0.0/8",
              "100.64.0.0/10",
              "127.0.0.0/8",
              "169.254.0.0/16",
              "172.16.0.0/12",
              "192.0.0.0/24",
              "192.0.2.0/24",
              "192.168.0.0/16",
              "198.18.0.0/15",
              "198.51.100.0/24",
              "203.0.113.0/24",
              "224.0.0.0/3")
          .map(Ipv4Network::parse)
          .toList();

  public AddressRule {
    exceptions = List.copyOf(exceptions);
  }

  @Override
  public boolean test(Inet4Address address) {
    return isIn(exceptions, address) || (!isIn(NEVER, address) && !ownAddresses.test(address));
  }

  private static boolean isIn(List<Ipv4Network> networks, Inet4Address address) {
    return networks.stream().anyMatch(network -> network.contains(address));
  }
}
