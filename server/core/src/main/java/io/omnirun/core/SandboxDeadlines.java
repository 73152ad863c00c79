package io.omnirun.core;

import io.omnirun.core.Flights.Flight;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When running sandboxes reach the end of their life, and what becomes of them then: they are
 * killed, or paused if they want that. Thread-safe.
 */
final class SandboxDeadlines {
  private static final Logger log = LoggerFactory.getLogger(SandboxDeadlines.class);

  /** A sandbox that could not be paused at its deadline is tried again so much later. */
  private static final Duration PAUSE_AGAIN = Duration.ofMinutes(1);

  /** A pause that comes to nothing does so within seconds; its sandbox has a deadline then. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(1);

  private final SandboxStore store;
  private final LiveSandboxes live;
  private final Deadlines timers;
  private final Endings endings;
  private final Flights flights;
  private final Retries retries;
  private final Clock clock;
  private final Pausing pausing;

  /** How a running sandbox is paused, with what follows if it cannot be. */
  @FunctionalInterface
  interface Pausing {
    /**
     * As {@link SandboxPauser#pause}.
     *
     * @param beginning moves its row to {@code pausing}; answers whether it did
     */
    Optional<SandboxState> pause(Sandbox sandbox, BooleanSupplier beginning, Flight flight);
  }

  SandboxDeadlines(
      SandboxStore store,
      LiveSandboxes live,
      Deadlines timers,
      Endings endings,
      Flights flights,
      Retries retries,
      Clock clock,
      Pausing pausing) {
    this.store = store;
    this.live = live;
    this.timers = timers;
    this.endings = endings;
    this.flights = flights;
    this.retries = retries;
    this.clock = clock;
    this.pausing = pausing;
  }

  /** Arms the deadline of a sandbox, if it has one. */
  void arm(Sandbox sandbox) {
    sandbox.deadline().ifPresent(deadline -> arm(sandbox, deadline));
  }

  /**
   * Arms the deadline that its row tells of a sandbox that callers reach already: somebody may have
   * given it another since it was read.
   *
   * @return the row
   */
  synchronized Sandbox armByRow(Sandbox sandbox) {
    Sandbox row = row(sandbox);
    arm(row);
    return row;
  }

  /** The same for one that could not be paused: it is not tried again at once. */
  synchronized Sandbox armUnpaused(Sandbox sandbox) {
    Sandbox row = row(sandbox);
    if (row.settings().autoPause()) {
      armAgain(row);
    } else {
      arm(row);
    }
    return row;
  }

  private Sandbox row(Sandbox sandbox) {
    return store.find(sandbox.account(), sandbox.id()).orElse(sandbox);
  }

  private void arm(Sandbox sandbox, Instant deadline) {
    timers.arm(sandbox.id(), deadline, () -> expire(sandbox));
  }

  private void armAgain(Sandbox sandbox) {
    Instant soon = clock.instant().plus(PAUSE_AGAIN);
    sandbox
        .deadline()
        .ifPresent(deadline -> arm(sandbox, deadline.isAfter(soon) ? deadline : soon));
  }

  /**
   * Gives it another life; false if it is not in its state any more. One at a time: timers must be
   * armed in the order in which the rows were written, or the last caller's deadline were not the
   * one that counts.
   *
   * @param sandbox is running or paused
   * @param deadline empty: never, or not before a resume
   */
  synchronized boolean setTimeout(Sandbox sandbox, Duration timeout, Optional<Instant> deadline) {
    if (!store.setTimeout(sandbox.account(), sandbox.id(), sandbox.state(), timeout, deadline)) {
      return false;
    }
    Sandbox changed = sandbox.withTimeout(timeout, deadline);
    deadline.ifPresentOrElse(when -> arm(changed, when), () -> timers.cancel(sandbox.id()));
    if (!live.isRunning(sandbox.id())) {
      // It was ended or paused in between, and that may have looked for the timer before there was
      // one.
      timers.cancel(sandbox.id());
    }
    return true;
  }

  private void expire(Sandbox sandbox) {
    if (sandbox.settings().autoPause()) {
      flights
          .begin(sandbox.id())
          .ifPresentOrElse(flight -> pauseExpired(sandbox, flight), () -> armAgain(sandbox));
    } else {
      retries.untilDone(
          "ending sandbox " + sandbox.id() + " at its deadline", () -> killExpired(sandbox));
    }
  }

  /** One that cannot be paused now is not lost: it runs on, and is tried again. */
  private void pauseExpired(Sandbox sandbox, Flight flight) {
    if (!live.isRunning(sandbox.id())) {
      flight.end();
      return;
    }
    try {
      if (pauseAtDeadline(sandbox, flight).isPresent()) {
        log.info("sandbox {} has reached its deadline", sandbox.id());
      } else {
        rearm(store.find(sandbox.account(), sandbox.id()));
      }
    } catch (RuntimeException e) {
      log.warn("sandbox {} is paused later", sandbox.id(), e);
      armAgain(sandbox);
    }
  }

  private Optional<SandboxState> pauseAtDeadline(Sandbox sandbox, Flight flight) {
    return pausing.pause(
        sandbox,
        () -> store.beginExpiryPause(sandbox.account(), sandbox.id(), clock.instant()),
        flight);
  }

  private void killExpired(Sandbox sandbox) {
    if (!live.isRunning(sandbox.id())) {
      return;
    }
    if (store.beginExpiry(sandbox.account(), sandbox.id(), SandboxState.RUNNING, clock.instant())) {
      log.info("sandbox {} has reached its deadline", sandbox.id());
      endings.endKilling(sandbox);
    } else {
      endOrRearm(sandbox);
    }
  }

  /** A deadline that was moved while its timer fired, or a clock that was set back, is no end. */
  private void endOrRearm(Sandbox sandbox) {
    Optional<Sandbox> row = store.find(sandbox.account(), sandbox.id());
    if (!endings.goOn(row)) {
      rearm(row);
    }
  }

  /**
   * A pause that comes to nothing after all leaves it running, and its deadline is to hold then.
   */
  private void rearm(Optional<Sandbox> row) {
    row.ifPresent(
        sandbox -> {
          switch (sandbox.state()) {
            case RUNNING -> arm(sandbox);
            case PAUSING -> arm(sandbox, clock.instant().plus(LOOK_AGAIN));
            case CREATING, PAUSED, RESUMING, KILLING, KILLED, FAILED -> {}
          }
        });
  }
}
