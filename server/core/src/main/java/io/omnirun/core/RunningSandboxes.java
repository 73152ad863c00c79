package io.omnirun.core;

import io.omnirun.core.Flights.Flight;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
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
  private final SandboxPauser pauser;
  private final Flights flights;
  private final Retries retries;
  private final Clock clock;

  RunningSandboxes(
      SandboxStore store,
      LiveSandboxes live,
      Deadlines deadlines,
      Endings endings,
      SandboxPauser pauser,
      Flights flights,
      Retries retries,
      Clock clock) {
    this.store = store;
    this.live = live;
    this.deadlines = deadlines;
    this.endings = endings;
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
    machine
        .ended()
        .thenAccept(reason -> Thread.startVirtualThread(() -> machineEnded(sandbox, reason)));
  }

  private void arm(Sandbox sandbox, Instant deadline) {
    deadlines.arm(sandbox.id(), deadline, () -> expire(sandbox));
  }

  /** See {@link SandboxPauser#pause}. */
  Optional<SandboxState> pause(Sandbox sandbox, Flight flight) {
    return pauser.pause(sandbox, flight, machine -> takeBack(sandbox, machine));
  }

  private void takeBack(Sandbox sandbox, Machine machine) {
    adopt(sandbox, machine);
    if (sandbox.settings().autoPause()) {
      armAgain(sandbox);
    }
  }

  private void armAgain(Sandbox sandbox) {
    Instant soon = clock.instant().plus(PAUSE_AGAIN);
    sandbox
        .deadline()
        .ifPresent(deadline -> arm(sandbox, deadline.isAfter(soon) ? deadline : soon));
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
      return tryMoveToKilling(sandbox, sandbox.state());
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

  private boolean tryMoveToKilling(Sandbox sandbox, SandboxState from) {
    return store.transition(sandbox.account(), sandbox.id(), from, SandboxState.KILLING);
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
      flights.begin(sandbox.id()).ifPresent(flight -> pauseExpired(sandbox, flight));
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
    log.info("sandbox {} has reached its deadline and is paused", sandbox.id());
    try {
      pause(sandbox, flight);
    } catch (RuntimeException e) {
      log.warn("sandbox {} is paused later", sandbox.id(), e);
      armAgain(sandbox);
    }
  }

  private void killExpired(Sandbox sandbox) {
    if (!live.isRunning(sandbox.id())) {
      return;
    }
    if (tryMoveToKilling(sandbox, SandboxState.RUNNING)) {
      log.info("sandbox {} has reached its deadline", sandbox.id());
      endings.endKilling(sandbox);
    } else {
      endIfKilling(sandbox);
    }
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
