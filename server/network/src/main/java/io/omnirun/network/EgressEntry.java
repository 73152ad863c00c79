package io.omnirun.network;

import java.time.Instant;
import java.util.Optional;

/**
 * A line of a sandbox's egress log.
 *
 * @param sequence from 1 up, without gaps
 * @param transfer what went through, once that has ended
 */
public record EgressEntry(
    long sequence, Instant at, EgressEvent event, Optional<Transfer> transfer) {
  /** Bytes from the guest and to it. */
  public record Transfer(long bytesUp, long bytesDown) {}

  EgressEntry ended(Transfer what) {
    return new EgressEntry(sequence, at, event, Optional.of(what));
  }
}
