package io.omnirun.core;

import io.omnirun.core.Flights.Flight;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.core.ports.PausedMachines;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.MachineId;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import java.time.Clock;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the host and the store agree again when a server starts: running sandboxes whose VMM lives
 * are adopted, what was half made, half killed or half paused is finished, and every machine nobody
 * knows (pool clones of the server before, orphans) is removed.
 */
public final class Reconciler {
  private static final Logger log = LoggerFactory.getLogger(Reconciler.class);

  private final SandboxStore store;
  private final MachineDriver driver;
  private final PausedMachines paused;
  private final RunningSandboxes running;
  private final MachineSlots slots;
  private final SandboxLinks links;
  private final Identities identities;
  private final Flights flights;
  private final Retries retries;
  private final Clock clock;

  Reconciler(
      SandboxStore store,
      MachineDriver driver,
      PausedMachines paused,
      RunningSandboxes running,
      MachineSlots slots,
      SandboxLinks links,
      Identities identities,
      Flights flights,
      Retries retries,
      Clock clock) {
    this.store = store;
    this.driver = driver;
    this.paused = paused;
    this.running = running;
    this.slots = slots;
    this.links = links;
    this.identities = identities;
    this.flights = flights;
    this.retries = retries;
    this.clock = clock;
  }

  /**
   * Returns when every sandbox is adopted or finished and the machines that nobody has any more are
   * gone. What the launcher, the database or a VMM did not let be done is tried again until it
   * succeeds; whoever wants to pause, resume or kill a sandbox meanwhile waits for that. Before it
   * no sandbox may be created.
   */
  public void reconcile() {
    List<Sandbox> unfinished = store.listUnfinished();
    Set<MachineId> living = driver.living();
    Set<MachineId> files = paused.whole();
    Set<MachineId> known = new HashSet<>();
    Set<MachineId> filesWanted = new HashSet<>();
    try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Sandbox sandbox : unfinished) {
        known.add(sandbox.machine());
        if (sandbox.state().isPausedOrNearly()) {
          filesWanted.add(sandbox.machine());
        }
        Remains remains =
            new Remains(living.contains(sandbox.machine()), files.contains(sandbox.machine()));
        workers.execute(() -> settle(sandbox, remains));
      }
      for (MachineId orphan : paused.found()) {
        if (!filesWanted.contains(orphan)) {
          workers.execute(() -> removeFiles(orphan));
        }
      }
      for (MachineId orphan : driver.found()) {
        if (!known.contains(orphan)) {
          workers.execute(() -> removeOrphan(orphan));
        }
      }
    }
  }

  /**
   * What this host has of a sandbox.
   *
   * @param files those of its pause, whole
   */
  private record Remains(boolean vmm, boolean files) {}

  private void settle(Sandbox sandbox, Remains remains) {
    try {
      switch (sandbox.state()) {
        case RUNNING -> settleRunning(sandbox, remains.vmm());
        case PAUSING, PAUSED, RESUMING -> settlePaused(sandbox, remains);
        case CREATING ->
            finish(
                sandbox,
                SandboxState.FAILED,
                Optional.of("the server was restarted while it was being created"));
        case KILLING -> finish(sandbox, SandboxState.KILLED, Optional.empty());
        case KILLED, FAILED ->
            log.error("a finished sandbox was listed as unfinished: {}", sandbox.id());
      }
    } catch (RuntimeException e) {
      log.error("sandbox {} could not be reconciled", sandbox.id(), e);
    }
  }

  private void settleRunning(Sandbox sandbox, boolean vmmLives) {
    if (vmmLives) {
      takeUp(sandbox);
    } else {
      finish(
          sandbox,
          SandboxState.FAILED,
          Optional.of("its virtual machine ended while the server was down"));
    }
  }

  /**
   * Files that are whole are the sandbox: a VMM that lives beside them has not run since they were
   * written. One that was being resumed has another id, belongs to nobody, and is removed.
   */
  private void settlePaused(Sandbox sandbox, Remains remains) {
    if (remains.files()) {
      remove(sandbox.machine());
      recordPaused(sandbox);
    } else if (sandbox.state() != SandboxState.PAUSING) {
      // A disk that is not mounted comes back. Only its owner can tell when that is hopeless.
      log.error("sandbox {} is paused, and its files are not here or not whole", sandbox.id());
      recordPaused(sandbox);
    } else if (remains.vmm()) {
      takeUp(sandbox);
    } else {
      finish(
          sandbox,
          SandboxState.FAILED,
          Optional.of(
              "its virtual machine ended while the server was down and it was being paused"));
      removeFiles(sandbox.machine());
    }
  }

  private void recordPaused(Sandbox sandbox) {
    inFlight("recording that sandbox " + sandbox.id() + " is paused", sandbox, this::backToPaused);
  }

  /** Without effect on one that was killed since. */
  private void backToPaused(Sandbox sandbox) {
    if (sandbox.state() == SandboxState.PAUSING) {
      store.endPause(sandbox.account(), sandbox.id());
    } else if (sandbox.state() == SandboxState.RESUMING) {
      store.transition(sandbox.account(), sandbox.id(), SandboxState.RESUMING, SandboxState.PAUSED);
    }
    log.info("sandbox {} is paused", sandbox.id());
  }

  /** A VMM that lives has its place, however long it takes until it is adopted. */
  private void takeUp(Sandbox sandbox) {
    slots.takeAnyway();
    inFlight("adopting sandbox " + sandbox.id(), sandbox, this::adopt);
  }

  /** May be repeated after any failure. */
  private void adopt(Sandbox sandbox) {
    if (sandbox.state() == SandboxState.PAUSING) {
      // Whoever sees files takes them for the truth: what is left of some goes before it runs.
      paused.delete(sandbox.machine());
      store.transition(sandbox.account(), sandbox.id(), SandboxState.PAUSING, SandboxState.RUNNING);
    }
    Optional<Sandbox> row = runningRow(sandbox);
    if (row.isEmpty()) {
      removeAndRelease(sandbox.machine());
      return;
    }
    try {
      begin(row.get(), driver.adopt(sandbox.machine(), identities.accessToken(sandbox.id())));
    } catch (RuntimeException e) {
      failIfGone(row.get(), e);
    }
  }

  /** Nothing here fails: a machine is adopted once. */
  private void begin(Sandbox sandbox, Machine machine) {
    running.adopt(sandbox, machine);
    log.info("adopted sandbox {}", sandbox.id());
    retries.untilDone(
        "looking when sandbox " + sandbox.id() + " ends",
        () -> running.deadlines().armByRow(sandbox));
    links.takeUp(sandbox, machine);
  }

  private Optional<Sandbox> runningRow(Sandbox sandbox) {
    return store
        .find(sandbox.account(), sandbox.id())
        .filter(row -> row.state() == SandboxState.RUNNING);
  }

  /** A VMM that lives and does not answer may do so later: nothing of it is given up. */
  private void failIfGone(Sandbox sandbox, RuntimeException failure) {
    if (driver.living().contains(sandbox.machine())) {
      throw failure;
    }
    log.warn("sandbox {} cannot be adopted", sandbox.id(), failure);
    finish(
        sandbox,
        SandboxState.FAILED,
        Optional.of("its virtual machine ended while the server was starting"));
    slots.release();
  }

  /** Does something for a sandbox, be it later, before anybody pauses, resumes or kills it. */
  private void inFlight(String what, Sandbox sandbox, Consumer<Sandbox> action) {
    Flight flight =
        flights
            .begin(sandbox.id())
            .orElseThrow(() -> new IllegalStateException("somebody was here before the start"));
    retries.untilDone(
        what,
        () -> {
          action.accept(sandbox);
          flight.end();
        });
  }

  private void removeFiles(MachineId orphan) {
    log.info("the files of paused machine {} belong to no sandbox and are removed", orphan);
    retries.untilDone("removing the files of paused " + orphan, () -> paused.delete(orphan));
  }

  /** Records the end first: a machine that cannot be removed must not keep its sandbox running. */
  private void finish(Sandbox sandbox, SandboxState end, Optional<String> reason) {
    Instant endedAt = clock.instant();
    retries.untilDone(
        "recording the end of sandbox " + sandbox.id(),
        () -> store.finish(sandbox.account(), sandbox.id(), sandbox.state(), end, endedAt, reason));
    remove(sandbox.machine());
  }

  private void removeOrphan(MachineId orphan) {
    log.info("machine {} belongs to no sandbox and is removed", orphan);
    remove(orphan);
  }

  /** One that cannot be removed yet keeps a place on this node until it is. */
  private void remove(MachineId machine) {
    try {
      driver.remove(machine);
    } catch (RuntimeException e) {
      log.error("machine {} could not be removed, that is tried again", machine, e);
      slots.takeAnyway();
      retries.later("removing machine " + machine, () -> removeAndRelease(machine));
    }
  }

  private void removeAndRelease(MachineId machine) {
    driver.remove(machine);
    slots.release();
  }
}
