package io.omnirun.core;

import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.MachineId;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import java.time.Clock;
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
 * are adopted, what was half made or half killed is finished, and every machine nobody knows (pool
 * clones of the server before, orphans) is removed.
 */
public final class Reconciler {
  private static final Logger log = LoggerFactory.getLogger(Reconciler.class);

  private final SandboxStore store;
  private final MachineDriver driver;
  private final RunningSandboxes running;
  private final MachineSlots slots;
  private final Identities identities;
  private final Clock clock;

  Reconciler(
      SandboxStore store,
      MachineDriver driver,
      RunningSandboxes running,
      MachineSlots slots,
      Identities identities,
      Clock clock) {
    this.store = store;
    this.driver = driver;
    this.running = running;
    this.slots = slots;
    this.identities = identities;
    this.clock = clock;
  }

  /**
   * Returns when every sandbox is adopted or finished and every orphan is gone. Before it no
   * sandbox may be created.
   */
  public void reconcile() {
    List<Sandbox> unfinished = store.listUnfinished();
    Set<MachineId> living = driver.living();
    Set<MachineId> known = new HashSet<>();
    try (ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Sandbox sandbox : unfinished) {
        known.add(sandbox.machine());
        workers.execute(() -> settle(sandbox, living.contains(sandbox.machine())));
      }
      for (MachineId orphan : driver.found()) {
        if (!known.contains(orphan)) {
          workers.execute(() -> removeOrphan(orphan));
        }
      }
    }
  }

  private void settle(Sandbox sandbox, boolean vmmLives) {
    try {
      switch (sandbox.state()) {
        case RUNNING -> settleRunning(sandbox, vmmLives);
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
      log.info("adopted sandbox {}", sandbox.id());
    } catch (RuntimeException e) {
      log.warn("sandbox {} cannot be adopted", sandbox.id(), e);
      finish(
          sandbox,
          SandboxState.FAILED,
          Optional.of("its agent did not answer after a restart of the server"));
    }
  }

  private void finish(Sandbox sandbox, SandboxState end, Optional<String> reason) {
    driver.remove(sandbox.machine());
    store.finish(sandbox.account(), sandbox.id(), sandbox.state(), end, clock.instant(), reason);
  }

  private void removeOrphan(MachineId orphan) {
    try {
      driver.remove(orphan);
      log.info("removed machine {}, which belongs to no sandbox", orphan);
    } catch (RuntimeException e) {
      log.error("machine {} belongs to no sandbox and cannot be removed", orphan, e);
    }
  }
}
