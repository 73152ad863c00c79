package io.omnirun.core;

import io.omnirun.core.ports.ExposureStore;
import io.omnirun.model.AccountId;
import io.omnirun.model.ExposureId;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records when exposures were used, at most once a minute for each, beside the request that used
 * it: no visitor waits for the disk, and none fails because this does. Thread-safe.
 */
final class LastAccesses {
  /** A write is a sync of the disk: not more of them than people care for. */
  static final Duration PRECISION = Duration.ofMinutes(1);

  /** When so many are remembered, those that are older than {@link #PRECISION} go. */
  private static final int MANY = 10_000;

  private static final Logger log = LoggerFactory.getLogger(LastAccesses.class);

  private final ExposureStore store;
  private final Clock clock;
  private final Map<ExposureId, Instant> noted = new ConcurrentHashMap<>();

  LastAccesses(ExposureStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  void note(AccountId account, ExposureId exposure) {
    Instant now = clock.instant();
    Instant before = noted.get(exposure);
    if (before != null && isRecent(before, now)) {
      return;
    }
    if (noted.size() >= MANY) {
      noted.values().removeIf(other -> !isRecent(other, now));
    }
    boolean first =
        before == null
            ? noted.putIfAbsent(exposure, now) == null
            : noted.replace(exposure, before, now);
    if (first) {
      Thread.startVirtualThread(() -> write(account, exposure, now));
    }
  }

  /** A clock that was set back does not make it longer. */
  private static boolean isRecent(Instant noted, Instant now) {
    return Duration.between(noted, now).abs().compareTo(PRECISION) < 0;
  }

  private void write(AccountId account, ExposureId exposure, Instant at) {
    try {
      store.markAccessed(account, exposure, at);
    } catch (RuntimeException e) {
      log.warn("the last use of exposure {} could not be recorded", exposure, e);
    }
  }
}
