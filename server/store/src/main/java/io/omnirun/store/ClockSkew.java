package io.omnirun.store;

import java.time.Duration;
import java.time.Instant;

/** How far clocks may be apart that look at the same rows. */
final class ClockSkew {
  /** Nodes are synchronised; a clock that is set back by more than this makes what is new void. */
  private static final Duration ALLOWED = Duration.ofMinutes(1);

  private ClockSkew() {}

  /** What was made after this was made by a clock that is wrong, or was. */
  static long latestMs(Instant now) {
    return now.plus(ALLOWED).toEpochMilli();
  }
}
