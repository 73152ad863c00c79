package io.omnirun.core;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs an action when its time has come. Thread-safe; actions run on virtual threads. */
final class Deadlines implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Deadlines.class);

  private final Clock clock;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("deadlines").factory());
  private final Map<Object, ScheduledFuture<?>> pending = new ConcurrentHashMap<>();

  Deadlines(Clock clock) {
    this.clock = clock;
  }

  /**
   * Arms the deadline of {@code key}, instead of one armed before; a past one fires at once. After
   * the end of this object nothing fires any more.
   */
  void arm(Object key, Instant deadline, Runnable action) {
    long delayMs = Math.max(0, Duration.between(clock.instant(), deadline).toMillis());
    try {
      pending.compute(
          key,
          (ignoredKey, earlier) -> {
            if (earlier != null) {
              earlier.cancel(false);
            }
            return timer.schedule(() -> fire(key, action), delayMs, TimeUnit.MILLISECONDS);
          });
    } catch (RejectedExecutionException e) {
      log.debug("a deadline was armed while the server ends", e);
    }
  }

  private void fire(Object key, Runnable action) {
    pending.remove(key);
    Thread.startVirtualThread(action);
  }

  /** Takes the deadline of {@code key} back, if there is one. */
  void cancel(Object key) {
    ScheduledFuture<?> armed = pending.remove(key);
    if (armed != null) {
      armed.cancel(false);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
