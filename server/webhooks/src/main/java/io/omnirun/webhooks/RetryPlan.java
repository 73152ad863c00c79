package io.omnirun.webhooks;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * When an event that did not arrive is tried again: after growing pauses, each twice as long as the
 * one before, until it is too old.
 *
 * @param longest pause
 * @param giveUpAfter its age
 */
public record RetryPlan(Duration first, Duration longest, Duration giveUpAfter) {
  /** A receiver may be away for a night. */
  public static final RetryPlan USUAL =
      new RetryPlan(Duration.ofSeconds(5), Duration.ofHours(1), Duration.ofHours(24));

  /** Beyond this the pause is the longest anyway. */
  private static final int MAX_DOUBLINGS = 20;

  /**
   * @param failedBefore attempts before the one that has just failed
   * @return empty: it is given up
   */
  Optional<Instant> next(Instant createdAt, int failedBefore, Instant now) {
    Duration grown = first.multipliedBy(1L << Math.min(failedBefore, MAX_DOUBLINGS));
    Instant next = now.plus(grown.compareTo(longest) < 0 ? grown : longest);
    return next.isBefore(createdAt.plus(giveUpAfter)) ? Optional.of(next) : Optional.empty();
  }
}
