package io.omnirun.core;

import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.PausedMachines;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;

/**
 * What follows when the store says that a sandbox ends: callers lose sight of it, its machine is
 * closed, its slot is given back and its row is finished. Each step is tried until it has
 * succeeded; a machine keeps its slot until it is closed. Thread-safe.
 */
final class Endings {
  private final SandboxStore store;
  private final LiveSandboxes live;
  private final Deadlines deadlines;
  private final MachineSlots slots;
  private final PausedMachines paused;
  private final SandboxLinks links;
  private final Retries retries;
  private final Clock clock;

  Endings(
      SandboxStore store,
      LiveSandboxes live,
      Deadlines deadlines,
      MachineSlots slots,
      PausedMachines paused,
      SandboxLinks links,
      Retries retries,
      Clock clock) {
    this.store = store;
    this.live = live;
    this.deadlines = deadlines;
    this.slots = slots;
    this.paused = paused;
    this.links = links;
    this.retries = retries;
    this.clock = clock;
  }

  /** Ends a sandbox whose row says {@code killing}, unless that is under way already. */
  void endKilling(Sandbox sandbox) {
    Optional<Machine> machine = withdraw(sandbox);
    if (machine.isPresent()) {
      free(sandbox, machine.get(), () -> recordKilled(sandbox));
    } else if (!live.isKnown(sandbox.id())) {
      recordKilled(sandbox);
    }
  }

  /**
   * Goes on with the end that a row tells of; answers whether it does.
   *
   * @param row as it is now; empty if there is none
   */
  boolean goOn(Optional<Sandbox> row) {
    Optional<Sandbox> killing = row.filter(sandbox -> sandbox.state() == SandboxState.KILLING);
    killing.ifPresent(this::endKilling);
    return killing.isPresent();
  }

  /** Frees what a sandbox holds whose row is final, unless that is under way already. */
  void endFinished(Sandbox sandbox) {
    withdraw(sandbox).ifPresent(machine -> free(sandbox, machine, () -> {}));
  }

  private Optional<Machine> withdraw(Sandbox sandbox) {
    deadlines.cancel(sandbox.id());
    deadlines.cancel(IdleSandboxes.timer(sandbox.id()));
    return live.withdraw(sandbox.id());
  }

  /**
   * Frees what a sandbox holds whose machine was withdrawn by the caller. Of two who do that after
   * failures one gives the slot back.
   *
   * @param next is run once, when all is free; must not throw
   */
  void free(Sandbox sandbox, Machine machine, Runnable next) {
    retries.untilDone(
        "freeing the machine of sandbox " + sandbox.id(),
        () -> {
          machine.close();
          links.leave(sandbox.id());
          if (live.forget(sandbox.id(), machine)) {
            slots.release();
          }
          next.run();
        });
  }

  /** Finishes a sandbox that has no machine any more if its row says that it is being killed. */
  void recordKilledIfKilling(Sandbox sandbox) {
    boolean killing =
        store
            .find(sandbox.account(), sandbox.id())
            .map(row -> row.state() == SandboxState.KILLING)
            .orElse(false);
    if (killing) {
      recordKilled(sandbox);
    }
  }

  /** Finishes a sandbox that has no machine, if it is being killed; what was kept of it goes. */
  void recordKilled(Sandbox sandbox) {
    Instant endedAt = clock.instant();
    retries.untilDone(
        "recording the end of sandbox " + sandbox.id(), () -> finishKilled(sandbox, endedAt));
  }

  private void finishKilled(Sandbox sandbox, Instant endedAt) {
    paused.delete(sandbox.machine());
    links.forget(sandbox.id());
    store.finish(
        sandbox.account(),
        sandbox.id(),
        SandboxState.KILLING,
        SandboxState.KILLED,
        endedAt,
        Optional.empty());
  }
}
