package io.omnirun.network;

import io.omnirun.model.DomainName;
import io.omnirun.model.NetworkPolicy;
import java.net.Inet4Address;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The names whose addresses are open to a guest, and until when: a policy that changes forgets what
 * was pinned, and names that the new one allows, too, are to be pinned again. Not thread-safe.
 */
final class OpenedNames {
  /**
   * More than a program asks for in the minutes that an address stays open; the oldest give way.
   */
  private static final int MAX_NAMES = 1_000;

  /** As many as the launcher takes together with the rules. */
  private static final int MAX_FIRST = 256;

  private record Opened(Set<Inet4Address> addresses, long untilNanos) {
    Duration left(long now) {
      return Duration.ofNanos(untilNanos - now);
    }
  }

  private final Map<DomainName, Opened> names =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<DomainName, Opened> eldest) {
          return size() > MAX_NAMES;
        }
      };

  void add(DomainName name, Collection<Inet4Address> addresses, Duration time) {
    names.remove(name);
    names.put(name, new Opened(Set.copyOf(addresses), System.nanoTime() + time.toNanos()));
  }

  /** Forgets the names that a policy does not allow. */
  void keep(NetworkPolicy policy) {
    names.keySet().removeIf(name -> !policy.verdict(name).passes());
  }

  /** All addresses, for as long as they are still to be open. */
  Map<Inet4Address, Duration> pins() {
    long now = System.nanoTime();
    names.values().removeIf(opened -> opened.untilNanos() - now <= 0);
    Map<Inet4Address, Duration> pins = new HashMap<>();
    names
        .values()
        .forEach(
            opened ->
                opened
                    .addresses()
                    .forEach(
                        address -> pins.merge(address, opened.left(now), OpenedNames::longer)));
    return pins;
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) >= 0 ? one : other;
  }

  /** Those of names that a policy allows, as many as go with the rules. */
  Map<Inet4Address, Duration> firstPins(NetworkPolicy policy) {
    keep(policy);
    return pins().entrySet().stream()
        .limit(MAX_FIRST)
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  boolean isMoreThanFirst() {
    return pins().size() > MAX_FIRST;
  }

  static Map<Inet4Address, Duration> pins(Set<Inet4Address> addresses, Duration time) {
    return addresses.stream().collect(Collectors.toMap(address -> address, address -> time));
  }
}
