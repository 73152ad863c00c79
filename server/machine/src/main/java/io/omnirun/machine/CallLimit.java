package io.omnirun.machine;

import io.omnirun.guest.agent.Alarms;
import io.omnirun.guest.agent.Alarms.Alarm;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * When a call to a guest is given up: its caller has gone, or time has passed in which an honest
 * guest would have answered. Thread-safe. Closing it forgets the time.
 */
final class CallLimit implements AutoCloseable {
  private final CompletableFuture<Boolean> timePassed = new CompletableFuture<>();
  private final Optional<Alarm> alarm;

  private CallLimit(CompletableFuture<?> callerGone, Alarms alarms, Optional<Duration> time) {
    callerGone.thenRun(() -> timePassed.complete(false));
    alarm = time.map(after -> alarms.after(after, () -> timePassed.complete(true)));
  }

  /**
   * The caller's patience, and some time from now on.
   *
   * @param time empty: none
   */
  static CallLimit of(CompletableFuture<?> callerGone, Alarms alarms, Optional<Duration> time) {
    return new CallLimit(callerGone, alarms, time);
  }

  /** Some time from now on. */
  static CallLimit of(Alarms alarms, Duration time) {
    return new CallLimit(new CompletableFuture<>(), alarms, Optional.of(time));
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
    alarm.ifPresent(Alarm::close);
    timePassed.complete(false);
  }
}
