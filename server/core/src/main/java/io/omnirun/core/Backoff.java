package io.omnirun.core;

import java.time.Duration;

/**
 * The pauses between attempts: each twice as long as the one before, up to the longest.
 *
 * @param first before the second attempt
 */
public record Backoff(Duration first, Duration longest) {
  /** Soon enough for a launcher that is being restarted, seldom enough for one that stays away. */
  public static final Backoff USUAL = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(60));

  /** The pause that follows one of this length. */
  Duration after(Duration pause) {
    Duration doubled = pause.multipliedBy(2);
    return doubled.compareTo(longest) < 0 ? doubled : longest;
  }
}
