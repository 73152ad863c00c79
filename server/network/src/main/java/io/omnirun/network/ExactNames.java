package io.omnirun.network;

import io.omnirun.model.DomainName;
import io.omnirun.model.DomainPattern;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.network.NameAddresses.Allowed;
import io.omnirun.network.NameResolver.Resolution;
import java.io.IOException;
import java.net.Inet4Address;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks up the exact names of a policy: the addresses of allowed ones are open without a question
 * of the guest, those of denied ones are closed to whoever knows them. Thread-safe.
 */
final class ExactNames {
  private static final Logger LOG = LoggerFactory.getLogger(ExactNames.class);

  /** A create and a change wait so long at most; names that take longer follow at the next turn. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** At once, of all guests: each has a socket. */
  private static final int MAX_LOOKUPS = 64;

  /** Names of a shorter life are not looked up more often. */
  private static final Duration SHORTEST = Duration.ofSeconds(30);

  /** And of a longer one not more seldom: a service that moves must be reachable again. */
  private static final Duration LONGEST = Duration.ofMinutes(10);

  /** What is late in being looked up again stays open meanwhile. */
  private static final Duration GRACE = Duration.ofSeconds(30);

  /** When names were not found out. */
  private static final Duration SOON = Duration.ofSeconds(5);

  private final NameResolver names;
  private final Predicate<Inet4Address> reachable;
  private final Semaphore lookups = new Semaphore(MAX_LOOKUPS);

  ExactNames(NameResolver names, Predicate<Inet4Address> reachable) {
    this.names = names;
    this.reachable = reachable;
  }

  /** Whether there is anything to look up. */
  static boolean has(NetworkPolicy policy) {
    return allowed(policy).findAny().isPresent() || denied(policy).findAny().isPresent();
  }

  private static Stream<DomainName> allowed(NetworkPolicy policy) {
    return policy.mode() == NetworkPolicy.Mode.LISTED
        ? exact(policy.allowDomains()).filter(name -> policy.verdict(name).passes())
        : Stream.empty();
  }

  private static Stream<DomainName> denied(NetworkPolicy policy) {
    return policy.mode().isProxied() ? Stream.empty() : exact(policy.denyDomains());
  }

  private static Stream<DomainName> exact(List<DomainPattern> patterns) {
    return patterns.stream().map(DomainPattern::exactName).flatMap(Optional::stream);
  }

  /** Looks them up at the same time, and waits for {@link #PATIENCE} at most. */
  NameAddresses lookUp(NetworkPolicy policy) {
    List<DomainName> wanted = Stream.concat(allowed(policy), denied(policy)).distinct().toList();
    Map<DomainName, Resolution> found = new ConcurrentHashMap<>();
    boolean all = wanted.isEmpty() || lookUp(wanted, found);
    return new NameAddresses(
        allowed(policy).flatMap(name -> allowed(name, found.get(name)).stream()).toList(),
        denied(policy).flatMap(name -> addresses(found.get(name))).distinct().toList(),
        all && found.size() == wanted.size() ? next(found) : SOON);
  }

  private boolean lookUp(List<DomainName> wanted, Map<DomainName, Resolution> found) {
    CountDownLatch open = new CountDownLatch(wanted.size());
    for (DomainName name : wanted) {
      Thread.startVirtualThread(
          () -> {
            try {
              lookUp(name).ifPresent(resolution -> found.put(name, resolution));
            } finally {
              open.countDown();
            }
          });
    }
    try {
      return open.await(PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private Optional<Resolution> lookUp(DomainName name) {
    lookups.acquireUninterruptibly();
    try {
      return Optional.of(names.resolve(name));
    } catch (IOException e) {
      LOG.debug("{} cannot be looked up now", name, e);
      return Optional.empty();
    } finally {
      lookups.release();
    }
  }

  private Optional<Allowed> allowed(DomainName name, @Nullable Resolution found) {
    List<Inet4Address> open = addresses(found).filter(reachable).toList();
    return found == null || open.isEmpty()
        ? Optional.empty()
        : Optional.of(new Allowed(name, open, bounded(found.timeToLive()).plus(GRACE)));
  }

  private static Stream<Inet4Address> addresses(@Nullable Resolution found) {
    return found == null ? Stream.empty() : found.addresses().stream();
  }

  private static Duration next(Map<DomainName, Resolution> found) {
    return found.values().stream()
        .map(resolution -> bounded(resolution.timeToLive()))
        .min(Duration::compareTo)
        .orElse(LONGEST);
  }

  private static Duration bounded(Duration life) {
    if (life.compareTo(SHORTEST) < 0) {
      return SHORTEST;
    }
    return life.compareTo(LONGEST) > 0 ? LONGEST : life;
  }
}
