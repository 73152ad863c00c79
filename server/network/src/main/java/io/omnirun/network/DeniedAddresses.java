package io.omnirun.network;

import io.omnirun.model.DomainName;
import io.omnirun.model.Ipv4Network;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.network.NameAddresses.Denied;
import java.net.Inet4Address;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The addresses of denied names: what the last two lookups of each said, so that a name whose
 * servers take turns is closed, and one that has moved does not keep others closed. Not
 * thread-safe.
 */
final class DeniedAddresses {
  /** With the caller's own as many as the launcher takes. */
  static final int MAX = 1_000;

  private record Lookups(List<Inet4Address> last, List<Inet4Address> before) {
    Stream<Inet4Address> addresses() {
      return Stream.concat(last.stream(), before.stream());
    }
  }

  private final Map<DomainName, Lookups> names;

  DeniedAddresses() {
    this(Map.of());
  }

  private DeniedAddresses(Map<DomainName, Lookups> names) {
    this.names = new LinkedHashMap<>(names);
  }

  /** Another one with the same contents. */
  DeniedAddresses copy() {
    return new DeniedAddresses(names);
  }

  /** What a name's lookup says now. A name that could not be looked up is not added. */
  void add(Denied found) {
    Lookups former = names.get(found.name());
    List<Inet4Address> before = former == null ? List.of() : former.last();
    names.put(found.name(), new Lookups(found.addresses(), before));
  }

  /** Forgets the names that a policy does not deny one by one: nobody looks them up again. */
  void keep(NetworkPolicy policy) {
    Set<DomainName> exact =
        policy.denyDomains().stream()
            .flatMap(pattern -> pattern.exactName().stream())
            .collect(Collectors.toSet());
    names.keySet().retainAll(exact);
  }

  /** Those that are closed, {@link #MAX} at most: the same ones as before, if there are more. */
  Set<Ipv4Network> networks() {
    Set<Ipv4Network> networks = new LinkedHashSet<>();
    all().limit(MAX).forEach(address -> networks.add(Ipv4Network.of(address)));
    return networks;
  }

  /** Whether some are not closed, since there are too many. */
  boolean areTooMany() {
    return all().skip(MAX).findAny().isPresent();
  }

  private Stream<Inet4Address> all() {
    return names.values().stream().flatMap(Lookups::addresses).distinct();
  }
}
