package io.omnirun.core;

import io.omnirun.core.Flights.Flight;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.EndReason;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxState;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that ends a running sandbox or takes it out of sight: a kill, its deadline, the death
 * of its VMM, a pause. Whoever wins the compare-and-set in the store ends it; the others do
 * nothing. Thread-safe.
 *
 * <p>A write that failed may have happened all the same, its answer lost on the way: nobody wins
 * when it is repeated. So whoever has seen one fail also looks at what the row says.
 */
final class RunningSandboxes {
  private static final Logger log = LoggerFactory.getLogger(RunningSandboxes.class);

  /** A sandbox that could not be paused at its deadline is tried again so much later. */
  private static final Duration PAUSE_AGAIN = Duration.ofMinutes(1);

  private final SandboxStore store;
  private final LiveSandboxes live;
  private final Deadlines deadlines;
  private final Endings endings;
  private final IdleSandboxes idle;
  private final SandboxPauser pauser;
  private final Flights flights;
  private final Retries retries;
  private final Clock clock;

  RunningSandboxes(
      SandboxStore store,
      LiveSandboxes live,
      Deadlines deadlines,
      Endings endings,
      IdleSandboxes idle,
      SandboxPauser pauser,
      Flights flights,
      Retries retries,
      Clock clock) {
    this.store = store;
    this.live = live;
    this.deadlines = deadlines;
    this.endings = endings;
    this.idle = idle;
    this.pauser = pauser;
    this.flights = flights;
    this.retries = retries;
    this.clock = clock;
  }

  /**
   * Makes a new sandbox running: reachable, and ended by its deadline or with its VMM. It is known
   * here before its state says so, or a kill that comes at once would find no machine to end. Its
   * slot is taken already.
   */
  Sandbox begin(Sandbox creating, Machine machine) {
    live.add(creating, machine);
    try {
      if (!store.markRunning(creating.account(), creating.id())) {
        throw endedWhileCreating();
      }
    } catch (RuntimeException e) {
      live.forget(creating.id());
      throw e;
    }
    Sandbox started = creating.withState(SandboxState.RUNNING);
    watch(started, machine);
    return started;
  }

  static OmniRunException endedWhileCreating() {
    return new OmniRunException(
        ErrorCode.MACHINE_FAILED, "the sandbox was ended while it was being created");
  }

  /** Takes up a sandbox that runs already. Its slot is taken. */
  void adopt(Sandbox sandbox, Machine machine) {
    live.add(sandbox, machine);
    watch(sandbox, machine);
  }

  /** Lets callers reach a sandbox that nobody ends or watches yet. */
  void announce(Sandbox sandbox, Machine machine) {
    live.add(sandbox, machine);
  }

  private void watch(Sandbox sandbox, Machine machine) {
    sandbox.deadline().ifPresent(deadline -> arm(sandbox, deadline));
    idle.watch(sandbox, this::pauseIdle);
    machine
        .ended()
        .thenAccept(reason -> Thread.startVirtualThread(() -> machineEnded(sandbox, reason)));
  }

  private void arm(Sandbox sandbox, Instant deadline) {
    deadlines.arm(sandbox.id(), deadline, () -> expire(sandbox));
  }

  private void pauseIdle(Sandbox sandbox) {
    flights.begin(sandbox.id()).ifPresent(flight -> pause(sandbox, flight));
  }

  /** See {@link SandboxPauser#pause}. */
  Optional<SandboxState> pause(Sandbox sandbox, Flight flight) {
    return pauser.pause(
        sandbox,
        () -> store.beginPause(sandbox.account(), sandbox.id()),
        flight,
        machine -> takeBack(sandbox, machine));
  }

  /**
   * Takes up a sandbox that callers could give another life to since its row was read: its row
   * tells when it ends. Its slot is taken.
   */
  synchronized Sandbox takeUp(Sandbox sandbox, Machine machine) {
    Sandbox row = store.find(sandbox.account(), sandbox.id()).orElse(sandbox);
    adopt(row, machine);
    return row;
  }

  /** Takes up one that could not be paused. */
  private synchronized void takeBack(Sandbox sandbox, Machine machine) {
    Sandbox row = takeUp(sandbox, machine);
    if (row.settings().autoPause()) {
      armAgain(row);
    }
  }

  private void armAgain(Sandbox sandbox) {
    Instant soon = clock.instant().plus(PAUSE_AGAIN);
    sandbox
        .deadline()
        .ifPresent(deadline -> arm(sandbox, deadline.isAfter(soon) ? deadline : soon));
  }

  /** Waits until a sandbox is no more on its way into a pause or out of it, but not for ever. */
  void awaitPauses(SandboxId id) {
    flights.await(id);
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
    deadline.ifPresentOrElse(when -> arm(changed, when), () -> deadlines.cancel(sandbox.id()));
    if (!live.isRunning(sandbox.id())) {
      // It was ended or paused in between, and that may have looked for the timer before there was
      // one.
      deadlines.cancel(sandbox.id());
    }
    return true;
  }

  /**
   * Kills it, be it paused or on its way there or back; false if it is not in its state any more.
   * The answer comes when the kill is on record and has been tried: what could not be freed then is
   * tried again until it is.
   */
  boolean kill(Sandbox sandbox) {
    boolean won = moveToKilling(sandbox);
    if (won) {
      flights.await(sandbox.id());
      endings.endKilling(sandbox);
    }
    return won;
  }

  private boolean moveToKilling(Sandbox sandbox) {
    try {
      return tryMoveToKilling(sandbox);
    } catch (RuntimeException e) {
      if (wasMovedAfterAll(sandbox, e)) {
        return true;
      }
      throw e;
    }
  }

  /** If nobody can tell now, that is found out later: the caller hears of the failure. */
  private boolean wasMovedAfterAll(Sandbox sandbox, RuntimeException failure) {
    try {
      if (isKilling(sandbox)) {
        return true;
      }
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
    retries.later(
        "finding out whether sandbox " + sandbox.id() + " is to be killed",
        () -> endIfKilling(sandbox));
    return false;
  }

  private boolean tryMoveToKilling(Sandbox sandbox) {
    return store.beginKilling(sandbox.account(), sandbox.id(), sandbox.state(), EndReason.KILLED);
  }

  private void endIfKilling(Sandbox sandbox) {
    if (isKilling(sandbox)) {
      endings.endKilling(sandbox);
    }
  }

  private boolean isKilling(Sandbox sandbox) {
    return stateOf(sandbox).equals(Optional.of(SandboxState.KILLING));
  }

  /** Takes a failed sandbox out of sight; false if somebody did before. */
  boolean dismissFailed(Sandbox sandbox) {
    return store.finish(
        sandbox.account(),
        sandbox.id(),
        SandboxState.FAILED,
        SandboxState.KILLED,
        clock.instant(),
        Optional.empty());
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
    return pauser.pause(
        sandbox,
        () -> store.beginExpiryPause(sandbox.account(), sandbox.id(), clock.instant()),
        flight,
        machine -> takeBack(sandbox, machine));
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
    if (row.map(Sandbox::state).equals(Optional.of(SandboxState.KILLING))) {
      endings.endKilling(sandbox);
    } else {
      rearm(row);
    }
  }

  private void rearm(Optional<Sandbox> row) {
    row.filter(sandbox -> sandbox.state() == SandboxState.RUNNING)
        .ifPresent(sandbox -> sandbox.deadline().ifPresent(deadline -> arm(sandbox, deadline)));
  }

  private void machineEnded(Sandbox sandbox, String reason) {
    Instant endedAt = clock.instant();
    retries.untilDone(
        "recording that the machine of sandbox " + sandbox.id() + " has ended",
        () -> fail(sandbox, endedAt, reason));
  }

  /** A machine that is being closed ends too: its sandbox does not run any more then. */
  private void fail(Sandbox sandbox, Instant endedAt, String reason) {
    if (!live.isRunning(sandbox.id())) {
      return;
    }
    boolean failed =
        store.finish(
            sandbox.account(),
            sandbox.id(),
            SandboxState.RUNNING,
            SandboxState.FAILED,
            endedAt,
            Optional.of(reason));
    if (failed) {
      log.warn("sandbox {} failed: {}", sandbox.id(), reason);
    }
    if (failed || isFinished(sandbox)) {
      endings.endFinished(sandbox);
    }
  }

  private boolean isFinished(Sandbox sandbox) {
    return stateOf(sandbox).map(SandboxState::isFinal).orElse(false);
  }

  private Optional<SandboxState> stateOf(Sandbox sandbox) {
    return store.find(sandbox.account(), sandbox.id()).map(Sandbox::state);
  }
}
