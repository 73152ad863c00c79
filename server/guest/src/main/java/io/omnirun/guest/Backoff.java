package io.omnirun.guest;

import java.time.Duration;

/** How long to leave a guest alone before it is tried again. Used by one thread. */
final class Backoff {
  /** The guest's end needs a moment after a session, and callers have been told to try again. */
  private static final Duration FIRST = Duration.ofSeconds(1);

  /** What a guest that breaks everything costs is one handshake in so long. */
  private static final Duration LONGEST = Duration.ofSeconds(5);

  private Duration next = FIRST;

  /** The pause before the next try: twice the one before, up to a limit. */
  Duration next() {
    Duration pause = next;
    Duration doubled = pause.multipliedBy(2);
    next = doubled.compareTo(LONGEST) < 0 ? doubled : LONGEST;
    return pause;
  }

  /**
   * A session has ended that lasted so long. Only a long one shows that the guest is well: it could
   * break each as soon as it has it.
   */
  void sessionLasted(Duration duration) {
    if (duration.compareTo(LONGEST) >= 0) {
      next = FIRST;
    }
  }
}
