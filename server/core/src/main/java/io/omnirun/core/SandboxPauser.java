package io.omnirun.core;

import static java.util.Objects.requireNonNull;

import io.omnirun.core.Flights.Flight;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.PausedMachines;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns a running sandbox into files. The files are whole before its VMM ends, and gone before it
 * runs on: so at every moment just one of both is the sandbox. Thread-safe; calls block.
 */
final class SandboxPauser {
  private static final Logger log = LoggerFactory.getLogger(SandboxPauser.class);

  private final SandboxStore store;
  private final LiveSandboxes live;
  private final PausedMachines paused;
  private final Deadlines deadlines;
  private final Endings endings;
  private final PauseSeals seals;
  private final Retries retries;
  private final Clock clock;

  SandboxPauser(
      SandboxStore store,
      LiveSandboxes live,
      PausedMachines paused,
      Deadlines deadlines,
      Endings endings,
      PauseSeals seals,
      Retries retries,
      Clock clock) {
    this.store = store;
    this.live = live;
    this.paused = paused;
    this.deadlines = deadlines;
    this.endings = endings;
    this.seals = seals;
    this.retries = retries;
    this.clock = clock;
  }

  /**
   * Pauses a sandbox and ends the flight, be it later: a VMM that cannot be ended yet is tried
   * again. If it throws nothing has changed, or the sandbox has failed and its row says so.
   *
   * @param beginning moves its row to {@code pausing}; answers whether it did
   * @param takeBack is given the machine of a sandbox that runs on
   * @return the state it is in then; empty: it was not running any more
   */
  Optional<SandboxState> pause(
      Sandbox sandbox, BooleanSupplier beginning, Flight flight, Consumer<Machine> takeBack) {
    if (!begin(sandbox, beginning, flight)) {
      flight.end();
      return Optional.empty();
    }
    Optional<Machine> machine = live.withdraw(sandbox.id());
    if (machine.isEmpty()) {
      // It was killed since, and whoever did that has the machine.
      flight.end();
      return Optional.empty();
    }
    deadlines.cancel(sandbox.id());
    try {
      machine.get().pause(seals.of(sandbox));
    } catch (RuntimeException e) {
      log.warn("sandbox {} could not be paused", sandbox.id(), e);
      settleUnpaused(sandbox, machine.get(), flight, takeBack);
      throw e;
    }
    return Optional.of(endMachine(sandbox, machine.get(), flight));
  }

  /** A write that failed may have happened all the same: then it is taken back. */
  private boolean begin(Sandbox sandbox, BooleanSupplier beginning, Flight flight) {
    try {
      return beginning.getAsBoolean();
    } catch (RuntimeException e) {
      if (isRefusal(e)) {
        flight.end();
      } else {
        retries.untilDone(
            "letting sandbox " + sandbox.id() + " be running",
            () -> {
              store.transition(
                  sandbox.account(), sandbox.id(), SandboxState.PAUSING, SandboxState.RUNNING);
              flight.end();
            });
      }
      throw e;
    }
  }

  /** Whether the store has said no, instead of having failed in some unknown state. */
  static boolean isRefusal(RuntimeException failure) {
    return failure instanceof OmniRunException known && known.code() != ErrorCode.INTERNAL;
  }

  private SandboxState endMachine(Sandbox sandbox, Machine machine, Flight flight) {
    AtomicReference<SandboxState> reached = new AtomicReference<>(SandboxState.PAUSING);
    endings.free(
        sandbox,
        machine,
        () ->
            retries.untilDone(
                "recording that sandbox " + sandbox.id() + " is paused",
                () -> {
                  reached.set(recordPaused(sandbox));
                  flight.end();
                }));
    return requireNonNull(reached.get());
  }

  private SandboxState recordPaused(Sandbox sandbox) {
    if (store.endPause(sandbox.account(), sandbox.id())) {
      log.info("sandbox {} is paused", sandbox.id());
      return SandboxState.PAUSED;
    }
    SandboxState state = stateOf(sandbox);
    if (state == SandboxState.KILLING) {
      endings.recordKilled(sandbox);
    } else if (state != SandboxState.PAUSED) {
      paused.delete(sandbox.machine());
    }
    return state;
  }

  private void settleUnpaused(
      Sandbox sandbox, Machine machine, Flight flight, Consumer<Machine> takeBack) {
    Instant now = clock.instant();
    retries.untilDone(
        "settling sandbox " + sandbox.id() + ", which could not be paused",
        () -> {
          if (machine.ended().isDone()) {
            settleDead(sandbox, machine, now);
          } else if (stateOf(sandbox) != SandboxState.KILLING && runsOn(sandbox, machine)) {
            takeBack.accept(machine);
          } else {
            endings.free(sandbox, machine, () -> endings.recordKilled(sandbox));
          }
          flight.end();
        });
  }

  /** Whoever sees files takes them for the truth: the row says that it runs when they are gone. */
  private boolean runsOn(Sandbox sandbox, Machine machine) {
    machine.runOn();
    return reaches(sandbox, SandboxState.RUNNING);
  }

  private boolean reaches(Sandbox sandbox, SandboxState state) {
    return store.transition(sandbox.account(), sandbox.id(), SandboxState.PAUSING, state)
        || stateOf(sandbox) == state;
  }

  private void settleDead(Sandbox sandbox, Machine machine, Instant endedAt) {
    store.finish(
        sandbox.account(),
        sandbox.id(),
        SandboxState.PAUSING,
        SandboxState.FAILED,
        endedAt,
        Optional.of("while it was being paused: " + machine.ended().join()));
    paused.delete(sandbox.machine());
    endings.free(sandbox, machine, () -> endings.recordKilled(sandbox));
  }

  private SandboxState stateOf(Sandbox sandbox) {
    return store
        .find(sandbox.account(), sandbox.id())
        .map(Sandbox::state)
        .orElse(SandboxState.KILLED);
  }
}
