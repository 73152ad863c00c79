package io.omnirun.core;

import java.time.Clock;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what must come to pass in the end, though the launcher or the database fail meanwhile: an
 * action that throws is run again, after growing pauses, until it does not. Actions must be able to
 * be repeated after any failure. What is still undone when the timer is closed is left to the
 * reconciliation of the next start. Thread-safe.
 */
final class Retries {
  private static final Logger log = LoggerFactory.getLogger(Retries.class);

  private final Deadlines timer;
  private final Clock clock;
  private final Backoff pauses;

  Retries(Deadlines timer, Clock clock, Backoff pauses) {
    this.timer = timer;
    this.clock = clock;
    this.pauses = pauses;
  }

  /**
   * Runs an action on this thread and returns, whether it succeeded or will be run again on others.
   *
   * @param what names it in the log
   */
  void untilDone(String what, Runnable action) {
    attempt(what, action, pauses.first());
  }

  /** Returns at once; the action is run after the first pause. */
  void later(String what, Runnable action) {
    schedule(what, action, pauses.first());
  }

  private void attempt(String what, Runnable action, Duration pause) {
    try {
      action.run();
    } catch (RuntimeException e) {
      log.error("{} failed, next try in {} ms", what, pause.toMillis(), e);
      schedule(what, action, pause);
    }
  }

  private void schedule(String what, Runnable action, Duration pause) {
    timer.arm(
        new Object(),
        clock.instant().plus(pause),
        () -> attempt(what, action, pauses.after(pause)));
  }
}
