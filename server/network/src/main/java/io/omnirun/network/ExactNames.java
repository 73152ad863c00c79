package io.omnirun.network;

import io.omnirun.model.DomainName;
import io.omnirun.model.DomainPattern;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.network.NameAddresses.Allowed;
import io.omnirun.network.NameAddresses.Denied;
import io.omnirun.network.NameResolver.Resolution;
import java.io.IOException;
import java.net.Inet4Address;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
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

  /** At once, of one guest: eight slow servers must not take up the places of all. */
  static final int MAX_LOOKUPS_OF_GUEST = 8;

  /** At once, of all guests: each has a socket. */
  private static final int MAX_LOOKUPS = 64;

  /** Names of a shorter life are not looked up more often. */
  private static final Duration SHORTEST = Duration.ofSeconds(30);

  /** And of a longer one not more seldom: a service that moves must be reachable again. */
  private static final Duration LONGEST = Duration.ofMinutes(10);

  /** What is late in being looked up again stays open meanwhile. */
  private static final Duration GRACE = Duration.ofSeconds(30);

  private final NameResolver names;
  private final Predicate<Inet4Address> reachable;
  private final Duration patience;
  private final Semaphore lookups = new Semaphore(MAX_LOOKUPS);

  ExactNames(NameResolver names, Predicate<Inet4Address> reachable) {
    this(names, reachable, PATIENCE);
  }

  /**
   * @param patience how long a lookup waits at most
   */
  ExactNames(NameResolver names, Predicate<Inet4Address> reachable, Duration patience) {
    this.names = names;
    this.reachable = reachable;
    this.patience = patience;
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

  /**
   * Looks them up, some at a time, and waits for {@link #PATIENCE} at most. What goes on behind
   * that is the one answer that each of a few threads waits for.
   *
   * @param ofGuest one permit for each name that may be looked up for the guest now
   */
  NameAddresses lookUp(NetworkPolicy policy, Semaphore ofGuest) {
    List<DomainName> wanted = Stream.concat(allowed(policy), denied(policy)).distinct().toList();
    Map<DomainName, Resolution> found = new Round(wanted, ofGuest).run();
    return new NameAddresses(
        allowed(policy).flatMap(name -> allowed(name, found.get(name)).stream()).toList(),
        denied(policy).flatMap(name -> denied(name, found.get(name)).stream()).toList(),
        next(found),
        found.size() == wanted.size());
  }

  /** One lookup of a policy's names, by a few threads that take one after the other. */
  private final class Round {
    private final Queue<DomainName> wanted;
    private final Semaphore ofGuest;
    private final Map<DomainName, Resolution> found = new ConcurrentHashMap<>();
    private final long end = System.nanoTime() + patience.toNanos();

    Round(List<DomainName> wanted, Semaphore ofGuest) {
      this.wanted = new ConcurrentLinkedQueue<>(wanted);
      this.ofGuest = ofGuest;
    }

    /** What was found out in time. */
    Map<DomainName, Resolution> run() {
      int threads = Math.min(wanted.size(), MAX_LOOKUPS_OF_GUEST);
      CountDownLatch done = new CountDownLatch(threads);
      for (int i = 0; i < threads; i++) {
        Thread.startVirtualThread(
            () -> {
              try {
                work();
              } catch (InterruptedException e) {
                LOG.debug("a lookup was interrupted", e);
              } finally {
                done.countDown();
              }
            });
      }
      try {
        // What is late is found out all the same, and then in the cache.
        done.await(left(), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return Map.copyOf(found);
    }

    private long left() {
      return end - System.nanoTime();
    }

    private void work() throws InterruptedException {
      DomainName name = wanted.poll();
      while (name != null && left() > 0 && withPermits(name)) {
        name = wanted.poll();
      }
    }

    /** Whether there was room for it before the end. */
    private boolean withPermits(DomainName name) throws InterruptedException {
      if (!ofGuest.tryAcquire(left(), TimeUnit.NANOSECONDS)) {
        return false;
      }
      try {
        if (!lookups.tryAcquire(left(), TimeUnit.NANOSECONDS)) {
          return false;
        }
        try {
          lookUp(name);
          return true;
        } finally {
          lookups.release();
        }
      } finally {
        ofGuest.release();
      }
    }

    private void lookUp(DomainName name) {
      try {
        found.put(name, names.resolve(name));
      } catch (IOException e) {
        LOG.debug("{} cannot be looked up now", name, e);
      }
    }
  }

  private Optional<Allowed> allowed(DomainName name, @Nullable Resolution found) {
    List<Inet4Address> open = addresses(found).filter(reachable).toList();
    return found == null || open.isEmpty()
        ? Optional.empty()
        : Optional.of(new Allowed(name, open, bounded(found.timeToLive()).plus(GRACE)));
  }

  private static Optional<Denied> denied(DomainName name, @Nullable Resolution found) {
    return found == null ? Optional.empty() : Optional.of(new Denied(name, found.addresses()));
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
