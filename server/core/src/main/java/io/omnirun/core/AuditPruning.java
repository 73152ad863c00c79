package io.omnirun.core;

import io.omnirun.core.ports.AuditLog;
import io.omnirun.model.OmniRunException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Removes entries of the audit that are older than they are to be kept, every hour. */
public final class AuditPruning implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AuditPruning.class);
  private static final Duration PAUSE = Duration.ofHours(1);

  /** A transaction of so many does not hold others up. */
  static final int BATCH = 1_000;

  private final AuditLog entries;
  private final Duration retention;
  private final Clock clock;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("audit-pruning").factory());

  public AuditPruning(AuditLog entries, Duration retention, Clock clock) {
    this.entries = entries;
    this.retention = retention;
    this.clock = clock;
  }

  /** Begins: at once, then every hour, until this is closed. */
  public void start() {
    timer.scheduleWithFixedDelay(this::tryToPrune, 0, PAUSE.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void tryToPrune() {
    try {
      int removed = prune();
      if (removed > 0) {
        log.info("{} entries of the audit were older than {}", removed, retention);
      }
    } catch (OmniRunException e) {
      log.error("old entries of the audit could not be removed, that is tried again", e);
    }
  }

  /** Removes what is too old now; answers how many. */
  int prune() {
    Instant before = clock.instant().minus(retention);
    int removed = 0;
    int last = BATCH;
    while (last == BATCH && !timer.isShutdown()) {
      last = entries.prune(before, BATCH);
      removed += last;
    }
    return removed;
  }

  @Override
  public void close() {
    timer.shutdown();
  }
}
