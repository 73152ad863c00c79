package io.omnirun.network;

import io.omnirun.model.DomainName;
import io.omnirun.model.NetworkPolicy;
import java.net.Inet4Address;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * The names whose addresses are open to a guest, and until when each is: a policy that changes
 * forgets what was pinned, and names that the new one allows, too, are to be pinned again. Not
 * thread-safe.
 */
final class OpenedNames {
  /**
   * More than a program asks for in the minutes that an address stays open; the oldest give way.
   */
  private static final int MAX_NAMES = 1_000;

  /** Of one name: what two whole answers have. Those that are closed first give way. */
  static final int MAX_ADDRESSES = 64;

  /** As many as the launcher takes together with the rules. */
  private static final int MAX_FIRST = 256;

  private final LongSupplier nanoTime;

  /** When each address of a name is closed. */
  private final Map<DomainName, Map<Inet4Address, Long>> names =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<DomainName, Map<Inet4Address, Long>> eldest) {
          return size() > MAX_NAMES;
        }
      };

  OpenedNames() {
    this(System::nanoTime);
  }

  /**
   * @param nanoTime {@link System#nanoTime} or one like it
   */
  OpenedNames(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Another one with the same contents. */
  OpenedNames copy() {
    OpenedNames copy = new OpenedNames(nanoTime);
    names.forEach((name, addresses) -> copy.names.put(name, new HashMap<>(addresses)));
    return copy;
  }

  /** Opens these, too; the name's others stay open until their own time is over. */
  void add(DomainName name, Collection<Inet4Address> addresses, Duration time) {
    long now = nanoTime.getAsLong();
    Map<Inet4Address, Long> known = names.remove(name);
    Map<Inet4Address, Long> all = known == null ? new HashMap<>() : known;
    addresses.forEach(address -> all.merge(address, now + time.toNanos(), OpenedNames::later));
    all.values().removeIf(until -> until - now <= 0);
    while (all.size() > MAX_ADDRESSES) {
      all.entrySet().stream()
          .min(Comparator.comparing(entry -> entry.getValue() - now))
          .ifPresent(first -> all.remove(first.getKey()));
    }
    names.put(name, all);
  }

  private static long later(long one, long other) {
    return one - other >= 0 ? one : other;
  }

  /** Whether all these addresses of a name are open for longer than that. */
  boolean areOpen(DomainName name, Collection<Inet4Address> addresses, Duration time) {
    Map<Inet4Address, Long> known = names.getOrDefault(name, Map.of());
    long end = nanoTime.getAsLong() + time.toNanos();
    return addresses.stream()
        .allMatch(address -> known.containsKey(address) && known.get(address) - end > 0);
  }

  /** Forgets the names that a policy does not allow. */
  void keep(NetworkPolicy policy) {
    names.keySet().removeIf(name -> !policy.verdict(name).passes());
  }

  /** All addresses of names that a policy allows, for as long as they are still to be open. */
  Map<Inet4Address, Duration> pins(NetworkPolicy policy) {
    long now = nanoTime.getAsLong();
    Map<Inet4Address, Duration> pins = new HashMap<>();
    names.forEach(
        (name, addresses) -> {
          if (policy.verdict(name).passes()) {
            addresses.forEach(
                (address, until) -> {
                  if (until - now > 0) {
                    pins.merge(address, Duration.ofNanos(until - now), OpenedNames::longer);
                  }
                });
          }
        });
    return pins;
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) >= 0 ? one : other;
  }

  /** Of these as many as go with the rules. */
  Map<Inet4Address, Duration> firstPins(NetworkPolicy policy) {
    return pins(policy).entrySet().stream()
        .limit(MAX_FIRST)
        .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  boolean isMoreThanFirst(NetworkPolicy policy) {
    return pins(policy).size() > MAX_FIRST;
  }
}
