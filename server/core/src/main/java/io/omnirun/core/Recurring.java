package io.omnirun.core;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does small chores again and again until it is closed; one at a time, so none may take long. */
public final class Recurring implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Recurring.class);

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("chores").factory());

  /**
   * Does something now and, each time it is done or has failed, again after a pause.
   *
   * @param what for the log
   */
  public void every(Duration pause, String what, Runnable chore) {
    timer.scheduleWithFixedDelay(
        () -> tryTo(what, chore), 0, pause.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static void tryTo(String what, Runnable chore) {
    try {
      chore.run();
    } catch (RuntimeException e) {
      log.warn("{} has failed and is tried again", what, e);
    }
  }

  /** Interrupts what is being done, and waits for nothing. */
  @Override
  public void close() {
    timer.shutdownNow();
  }
}
