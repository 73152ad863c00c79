package io.omnirun.core;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has questions asked again in the background while somebody wants to know in the last fifth of the
 * time for which an answer is remembered: who asks without a pause waits for no answer that comes
 * in that time. Thread-safe; does not block.
 */
final class Renewals {
  private static final Logger log = LoggerFactory.getLogger(Renewals.class);

  private final long dueNanos;
  private final Executor background;

  /**
   * @param life of an answer
   */
  Renewals(Duration life, Executor background) {
    this.dueNanos = life.toNanos() / 5 * 4;
    this.background = background;
  }

  /**
   * To be called for each answer that is still good when it is given.
   *
   * @param isBegun the answer's own: its question is asked again once
   */
  void consider(long ageNanos, AtomicBoolean isBegun, Runnable question) {
    if (ageNanos >= dueNanos && isBegun.compareAndSet(false, true)) {
      background.execute(() -> ask(question));
    }
  }

  /** Who asks when the answer's time is up meets what has failed here. */
  private static void ask(Runnable question) {
    try {
      question.run();
    } catch (RuntimeException e) {
      log.debug("an answer could not be renewed", e);
    }
  }
}
