package io.omnirun.core;

import io.omnirun.core.ports.Machine;
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
  private final Retries retries;
  private final Clock clock;

  Endings(
      SandboxStore store,
      LiveSandboxes live,
      Deadlines deadlines,
      MachineSlots slots,
      Retries retries,
      Clock clock) {
    this.store = store;
    this.live = live;
    this.deadlines = deadlines;
    this.slots = slots;
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

  /** Frees what a sandbox holds whose row is final, unless that is under way already. */
  void endFinished(Sandbox sandbox) {
    withdraw(sandbox).ifPresent(machine -> free(sandbox, machine, () -> {}));
  }

  private Optional<Machine> withdraw(Sandbox sandbox) {
    deadlines.cancel(sandbox.id());
    return live.withdraw(sandbox.id());
  }

  private void free(Sandbox sandbox, Machine machine, Runnable next) {
    retries.untilDone(
        "freeing the machine of sandbox " + sandbox.id(),
        () -> {
          machine.close();
          live.forget(sandbox.id());
          slots.release();
          next.run();
        });
  }

  private void recordKilled(Sandbox sandbox) {
    Instant endedAt = clock.instant();
    retries.untilDone(
        "recording the end of sandbox " + sandbox.id(),
        () ->
            store.finish(
                sandbox.account(),
                sandbox.id(),
                SandboxState.KILLING,
                SandboxState.KILLED,
                endedAt,
                Optional.empty()));
  }
}
