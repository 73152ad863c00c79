package io.omnirun.network;

import io.omnirun.core.Recurring;
import io.omnirun.model.NetworkPolicy;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks the exact names of policies up again before their addresses are closed, and does what the
 * host refused; for each guest one round at a time. Thread-safe.
 */
final class NameRefresh implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NameRefresh.class);

  private static final Duration ROUND = Duration.ofSeconds(1);

  /** After a round that failed; twice as long after each further one. */
  private static final Duration SOON = Duration.ofSeconds(5);

  /** Names that nobody answers for are often wrong, and stay so. */
  private static final Duration LATEST = Duration.ofMinutes(5);

  /** Of doublings: more lead beyond {@link #LATEST} anyway. */
  private static final int MAX_DOUBLINGS = 10;

  /**
   * When a guest's names are looked up.
   *
   * @param failures rounds before that did not find all
   */
  private record Turn(long at, int failures) {}

  private final GuestTable guests;
  private final ExactNames names;
  private final Map<LinkedGuest, Turn> due = new ConcurrentHashMap<>();
  private final Set<LinkedGuest> underWay = ConcurrentHashMap.newKeySet();
  private final Recurring chores = new Recurring();

  NameRefresh(GuestTable guests, ExactNames names) {
    this.guests = guests;
    this.names = names;
    chores.every(ROUND, "looking names up again", this::startDue);
  }

  /**
   * Has a guest's names looked up again when what was found for its policy is not good any more.
   */
  void later(LinkedGuest guest, NameAddresses found) {
    if (ExactNames.has(guest.policy()) || !guest.isWhole()) {
      due.put(guest, turn(guest, found, 0));
    } else {
      due.remove(guest);
    }
  }

  private static Turn turn(LinkedGuest guest, NameAddresses found, int failuresBefore) {
    boolean good = found.areAll() && guest.isWhole();
    Duration pause = good ? found.next() : pauseAfter(failuresBefore, found.next());
    return new Turn(System.nanoTime() + pause.toNanos(), good ? 0 : failuresBefore + 1);
  }

  /**
   * Until a round that follows one that failed.
   *
   * @param failuresBefore rounds in front of it that failed, too
   * @param next when what was found must be looked up again
   */
  static Duration pauseAfter(int failuresBefore, Duration next) {
    Duration pause = SOON.multipliedBy(1L << Math.min(failuresBefore, MAX_DOUBLINGS));
    Duration bounded = pause.compareTo(LATEST) < 0 ? pause : LATEST;
    return bounded.compareTo(next) < 0 ? bounded : next;
  }

  private void startDue() {
    long now = System.nanoTime();
    due.forEach(
        (guest, turn) -> {
          if (now - turn.at() >= 0 && underWay.add(guest)) {
            if (due.remove(guest, turn)) {
              Thread.startVirtualThread(() -> refresh(guest, turn.failures()));
            } else {
              underWay.remove(guest);
            }
          }
        });
  }

  private void refresh(LinkedGuest guest, int failuresBefore) {
    try {
      if (guests.of(guest.id()).filter(present -> present == guest).isEmpty()) {
        return;
      }
      NetworkPolicy policy = guest.policy();
      NameAddresses found = names.lookUp(policy, guest.lookups());
      refresh(guest, policy, found);
      if (ExactNames.has(guest.policy()) || !guest.isWhole()) {
        // A change since then has its own turn.
        due.putIfAbsent(guest, turn(guest, found, failuresBefore));
      }
    } finally {
      underWay.remove(guest);
    }
  }

  private static void refresh(LinkedGuest guest, NetworkPolicy policy, NameAddresses found) {
    try {
      guest.refresh(policy, found);
    } catch (RuntimeException e) {
      LOG.warn("the names of sandbox {} could not be brought up to date", guest.id(), e);
    }
  }

  @Override
  public void close() {
    chores.close();
  }
}
