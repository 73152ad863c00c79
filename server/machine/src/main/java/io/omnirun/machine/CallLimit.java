package io.omnirun.machine;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * When a call to a guest is given up: its caller has gone, or time has passed in which an honest
 * guest would have answered. Thread-safe. Closing it forgets the time.
 */
final class CallLimit implements AutoCloseable {
  private final CompletableFuture<Boolean> timePassed = new CompletableFuture<>();

  /** None but the caller's patience. */
  CallLimit(CompletableFuture<?> callerGone) {
    callerGone.thenRun(() -> timePassed.complete(false));
  }

  /** As well, so much time from now on. */
  CallLimit endAfter(Duration time) {
    timePassed.completeOnTimeout(true, time.toMillis(), TimeUnit.MILLISECONDS);
    return this;
  }

  /** Completes when the call is given up. */
  CompletableFuture<?> reached() {
    return timePassed;
  }

  /** Whether it was given up because of the time. */
  boolean timeHasPassed() {
    return timePassed.getNow(false);
  }

  @Override
  public void close() {
    timePassed.complete(false);
  }
}
