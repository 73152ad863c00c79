package io.omnirun.core;

import io.omnirun.core.Flights.Flight;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sandboxes that run: how they come into sight with their machines, are paused, and end with
 * them. Whoever wins the compare-and-set in the store ends one; the others do nothing. Thread-safe.
 */
final class RunningSandboxes {
  private static final Logger log = LoggerFactory.getLogger(RunningSandboxes.class);

  private final SandboxStore store;
  private final LiveSandboxes live;
  private final SandboxDeadlines deadlines;
  private final Endings endings;
  private final IdleSandboxes idle;
  private final SandboxPauser pauser;
  private final Flights flights;
  private final Retries retries;
  private final Clock clock;

  RunningSandboxes(
      SandboxStore store,
      LiveSandboxes live,
      Deadlines timers,
      Endings endings,
      IdleSandboxes idle,
      SandboxPauser pauser,
      Flights flights,
      Retries retries,
      Clock clock) {
    this.store = store;
    this.live = live;
    this.endings = endings;
    this.idle = idle;
    this.pauser = pauser;
    this.flights = flights;
    this.retries = retries;
    this.clock = clock;
    this.deadlines =
        new SandboxDeadlines(store, live, timers, endings, flights, retries, clock, this::pause);
  }

  /** When they reach the end of their life. */
  SandboxDeadlines deadlines() {
    return deadlines;
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
      live.forget(creating.id(), machine);
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

  /**
   * Takes up a sandbox that runs already, with the deadline that was read with it. Its slot is
   * taken. Asks nobody, so that it cannot be half done.
   */
  void adopt(Sandbox sandbox, Machine machine) {
    live.add(sandbox, machine);
    watch(sandbox, machine);
  }

  /** Lets callers reach a sandbox that nobody ends or watches yet. */
  void announce(Sandbox sandbox, Machine machine) {
    live.add(sandbox, machine);
  }

  private void watch(Sandbox sandbox, Machine machine) {
    deadlines.arm(sandbox);
    watchEnds(sandbox, machine);
  }

  /** Those that come by themselves: of the machine, and of its use. */
  private void watchEnds(Sandbox sandbox, Machine machine) {
    idle.watch(sandbox, this::pauseIdle);
    machine
        .ended()
        .thenAccept(
            reason -> Thread.startVirtualThread(() -> machineEnded(sandbox, machine, reason)));
  }

  private void pauseIdle(Sandbox sandbox) {
    flights.begin(sandbox.id()).ifPresent(flight -> pause(sandbox, flight));
  }

  /** See {@link SandboxPauser#pause}. */
  Optional<SandboxState> pause(Sandbox sandbox, Flight flight) {
    return pause(sandbox, () -> store.beginPause(sandbox.account(), sandbox.id()), flight);
  }

  private Optional<SandboxState> pause(Sandbox sandbox, BooleanSupplier beginning, Flight flight) {
    return pauser.pause(sandbox, beginning, flight, machine -> takeBack(sandbox, machine));
  }

  /**
   * Takes up a sandbox that callers could give another life to since its row was read: its row
   * tells when it ends, perhaps that it has. Its slot is taken.
   */
  void takeUp(Sandbox sandbox, Machine machine) {
    live.add(sandbox, machine);
    Sandbox row = deadlines.armByRow(sandbox);
    if (row.state() == SandboxState.RUNNING) {
      watchEnds(row, machine);
    } else {
      endings.endKilling(row);
    }
  }

  /** Takes up one that could not be paused. */
  private void takeBack(Sandbox sandbox, Machine machine) {
    live.add(sandbox, machine);
    watchEnds(deadlines.armUnpaused(sandbox), machine);
  }

  private void machineEnded(Sandbox sandbox, Machine machine, String reason) {
    Instant endedAt = clock.instant();
    retries.untilDone(
        "recording that the machine of sandbox " + sandbox.id() + " has ended",
        () -> fail(sandbox, machine, endedAt, reason));
  }

  /**
   * A machine that is being closed ends too: its sandbox does not run any more then, or on another
   * one, if it was resumed since.
   */
  private void fail(Sandbox sandbox, Machine machine, Instant endedAt, String reason) {
    if (!live.isRunningOn(sandbox.id(), machine)) {
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
    return store
        .find(sandbox.account(), sandbox.id())
        .map(row -> row.state().isFinal())
        .orElse(false);
  }
}
