package io.omnirun.core;

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
      Retries retries,
      Clock clock) {
    this.store = store;
    this.driver = driver;
    this.paused = paused;
    this.running = running;
    this.slots = slots;
    this.links = links;
    this.identities = identities;
    this.retries = retries;
    this.clock = clock;
  }

  /**
   * Returns when every sandbox is adopted or finished. Machines that nobody has any more are gone
   * then, but for those that could not be removed: that is tried again until it succeeds. Before it
   * no sandbox may be created.
   */
  public void reconcile() {
    List<Sandbox> unfinished = store.listUnfinished();
    Set<MachineId> living = driver.living();
    Set<MachineId> files = paused.all();
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
      for (MachineId orphan : files) {
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
    if (!vmmLives) {
      finish(
          sandbox,
          SandboxState.FAILED,
          Optional.of("its virtual machine ended while the server was down"));
      return;
    }
    try {
      Machine machine = driver.adopt(sandbox.machine(), identities.accessToken(sandbox.id()));
      slots.takeAnyway();
      running.adopt(sandbox, machine);
      links.takeUp(sandbox, machine);
      log.info("adopted sandbox {}", sandbox.id());
    } catch (RuntimeException e) {
      log.warn("sandbox {} cannot be adopted", sandbox.id(), e);
      finish(
          sandbox,
          SandboxState.FAILED,
          Optional.of("its agent did not answer after a restart of the server"));
    }
  }

  /**
   * Files that are whole are the sandbox: a VMM that lives beside them has not run since they were
   * written. One that was being resumed has another id, belongs to nobody, and is removed.
   */
  private void settlePaused(Sandbox sandbox, Remains remains) {
    if (remains.files()) {
      remove(sandbox.machine());
      backTo(sandbox, SandboxState.PAUSED);
      log.info("sandbox {} is paused", sandbox.id());
    } else if (remains.vmm() && sandbox.state() == SandboxState.PAUSING) {
      backTo(sandbox, SandboxState.RUNNING);
      settleRunning(sandbox.withState(SandboxState.RUNNING), true);
    } else {
      finish(
          sandbox,
          SandboxState.FAILED,
          Optional.of(
              sandbox.state() == SandboxState.PAUSING
                  ? "its virtual machine ended while the server was down and it was being paused"
                  : "what was kept of it while it was paused is gone"));
    }
  }

  private void backTo(Sandbox sandbox, SandboxState state) {
    if (sandbox.state() == SandboxState.PAUSING && state == SandboxState.PAUSED) {
      store.endPause(sandbox.account(), sandbox.id());
    } else if (sandbox.state() != state) {
      store.transition(sandbox.account(), sandbox.id(), sandbox.state(), state);
    }
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
