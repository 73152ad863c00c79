package io.omnirun.network;

import io.omnirun.model.NetworkPolicy;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks the exact names of policies up again before their addresses are closed. Thread-safe. */
final class NameRefresh implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NameRefresh.class);

  private static final Duration ROUND = Duration.ofSeconds(1);

  private final GuestTable guests;
  private final ExactNames names;
  private final Map<LinkedGuest, Long> due = new ConcurrentHashMap<>();
  private final Thread watch = Thread.ofVirtual().name("names-refresh").unstarted(this::watch);

  NameRefresh(GuestTable guests, ExactNames names) {
    this.guests = guests;
    this.names = names;
    watch.start();
  }

  /** From now so long what was looked up for a guest's policy is good. */
  void later(LinkedGuest guest, Duration time) {
    if (ExactNames.has(guest.policy())) {
      due.put(guest, System.nanoTime() + time.toNanos());
    } else {
      due.remove(guest);
    }
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(ROUND);
        long now = System.nanoTime();
        due.forEach(
            (guest, at) -> {
              if (now - at >= 0 && due.remove(guest, at)) {
                Thread.startVirtualThread(() -> refresh(guest));
              }
            });
      }
    } catch (InterruptedException e) {
      LOG.debug("names are not looked up again any more");
    }
  }

  private void refresh(LinkedGuest guest) {
    if (guests.of(guest.id()).filter(present -> present == guest).isEmpty()) {
      return;
    }
    NetworkPolicy policy = guest.policy();
    NameAddresses addresses = names.lookUp(policy);
    try {
      guest.refresh(policy, addresses);
    } catch (RuntimeException e) {
      LOG.warn("the names of sandbox {} could not be brought up to date", guest.id(), e);
    }
    later(guest, addresses.next());
  }

  @Override
  public void close() {
    watch.interrupt();
  }
}
