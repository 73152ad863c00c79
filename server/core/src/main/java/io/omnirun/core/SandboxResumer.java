package io.omnirun.core;

import static java.util.Objects.requireNonNull;

import io.omnirun.core.Flights.Flight;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.core.ports.PausedMachines;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.MachineId;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a paused sandbox run again, on a machine with an id of its own. Until its row names that
 * machine the files are the sandbox, whatever becomes of the machine. Thread-safe; calls block.
 */
final class SandboxResumer {
  private static final Logger log = LoggerFactory.getLogger(SandboxResumer.class);

  private final SandboxStore store;
  private final MachineDriver driver;
  private final PausedMachines paused;
  private final RunningSandboxes running;
  private final Endings endings;
  private final MachineSlots slots;
  private final SandboxLinks links;
  private final Identities identities;
  private final PauseSeals seals;
  private final Retries retries;
  private final Clock clock;

  SandboxResumer(
      SandboxStore store,
      MachineDriver driver,
      PausedMachines paused,
      RunningSandboxes running,
      Endings endings,
      MachineSlots slots,
      SandboxLinks links,
      Identities identities,
      PauseSeals seals,
      Retries retries,
      Clock clock) {
    this.store = store;
    this.driver = driver;
    this.paused = paused;
    this.running = running;
    this.endings = endings;
    this.slots = slots;
    this.links = links;
    this.identities = identities;
    this.seals = seals;
    this.retries = retries;
    this.clock = clock;
  }

  /**
   * Resumes a sandbox and ends the flight, be it later. If it throws the sandbox is paused as it
   * was.
   *
   * @return the state it is in then; empty: it was not paused any more
   */
  Optional<SandboxState> resume(Sandbox sandbox, Flight flight) {
    try {
      slots.take();
    } catch (RuntimeException e) {
      flight.end();
      throw e;
    }
    if (!begin(sandbox, flight)) {
      slots.release();
      flight.end();
      return Optional.empty();
    }
    MachineId fresh = MachineId.random();
    Runnable removal = () -> driver.remove(fresh);
    try {
      // From now on nobody gives it another life; somebody may have until now.
      Sandbox current = store.find(sandbox.account(), sandbox.id()).orElse(sandbox);
      Machine machine =
          paused.resume(
              sandbox.machine(), fresh, identities.accessToken(sandbox.id()), seals.of(sandbox));
      removal = machine::close;
      links.joinAgain(current, machine);
      return Optional.of(run(current, machine, flight));
    } catch (RuntimeException e) {
      log.warn("sandbox {} could not be resumed", sandbox.id(), e);
      giveUp(sandbox, removal, flight);
      throw e;
    }
  }

  /** A write that failed may have happened all the same: then it is taken back. */
  private boolean begin(Sandbox sandbox, Flight flight) {
    try {
      return store.beginResume(sandbox.account(), sandbox.id());
    } catch (RuntimeException e) {
      slots.release();
      if (SandboxPauser.isRefusal(e)) {
        flight.end();
      } else {
        retries.untilDone(
            "letting sandbox " + sandbox.id() + " be paused",
            () -> {
              moveBack(sandbox);
              flight.end();
            });
      }
      throw e;
    }
  }

  private boolean moveBack(Sandbox sandbox) {
    return store.transition(
        sandbox.account(), sandbox.id(), SandboxState.RESUMING, SandboxState.PAUSED);
  }

  /** It is known before its row says so, or a kill that comes at once would find no machine. */
  private SandboxState run(Sandbox sandbox, Machine machine, Flight flight) {
    AtomicReference<SandboxState> reached = new AtomicReference<>(SandboxState.RESUMING);
    Sandbox resumed =
        sandbox
            .withMachine(machine.id())
            .withState(SandboxState.RUNNING)
            .withDeadline(deadline(sandbox.settings().timeout()));
    running.announce(resumed, machine);
    retries.untilDone(
        "recording that sandbox " + sandbox.id() + " is resumed",
        () -> {
          reached.set(record(resumed, machine));
          flight.end();
          // Nobody waits for hundreds of megabytes to be given back to the file system.
          Thread.startVirtualThread(() -> deleteFiles(sandbox));
        });
    return requireNonNull(reached.get());
  }

  private Optional<Instant> deadline(Duration timeout) {
    return timeout.isZero() ? Optional.empty() : Optional.of(clock.instant().plus(timeout));
  }

  private SandboxState record(Sandbox resumed, Machine machine) {
    boolean moved =
        store.endResume(resumed.account(), resumed.id(), machine.id(), resumed.deadline());
    Optional<Sandbox> row =
        moved ? Optional.of(resumed) : store.find(resumed.account(), resumed.id());
    if (row.isPresent()
        && row.get().state() == SandboxState.RUNNING
        && row.get().machine().equals(machine.id())) {
      running.takeUp(resumed, machine);
      log.info("sandbox {} is resumed", resumed.id());
      return SandboxState.RUNNING;
    }
    endings.endKilling(resumed);
    return SandboxState.KILLED;
  }

  private void deleteFiles(Sandbox sandbox) {
    retries.untilDone(
        "removing the files of sandbox " + sandbox.id() + ", which is paused no more",
        () -> paused.delete(sandbox.machine()));
  }

  /** What is left of the machine keeps its slot until it is gone. */
  private void giveUp(Sandbox sandbox, Runnable removal, Flight flight) {
    retries.untilDone(
        "removing what a failed resume of sandbox " + sandbox.id() + " left",
        () -> {
          removal.run();
          links.leave(sandbox.id());
          slots.release();
          retries.untilDone(
              "settling sandbox " + sandbox.id() + ", which could not be resumed",
              () -> {
                settle(sandbox);
                flight.end();
              });
        });
  }

  /** Whatever was wrong with the files: only their owner gives them up. */
  private void settle(Sandbox sandbox) {
    moveBack(sandbox);
    // Without effect unless somebody kills it.
    endings.recordKilledIfKilling(sandbox);
  }
}
