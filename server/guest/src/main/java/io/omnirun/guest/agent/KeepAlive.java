package io.omnirun.guest.agent;

import java.time.Duration;

/**
 * How a stream that has nothing to say is told from one whose guest has gone.
 *
 * @param interval after which the agent is asked to say that it is there, in whole seconds
 * @param lostAfter a stream that has been silent for so long counts as lost
 */
record KeepAlive(Duration interval, Duration lostAfter) {
  /** Six intervals: an emulated guest on a loaded host may miss some. */
  static final KeepAlive USUAL = new KeepAlive(Duration.ofSeconds(30), Duration.ofMinutes(3));
}
