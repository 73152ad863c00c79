package io.omnirun.core;

import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import java.time.Clock;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that ends a running sandbox: a kill, its deadline, the death of its VMM. Whoever wins
 * the compare-and-set in the store frees the machine; the others do nothing. Thread-safe.
 */
final class RunningSandboxes {
  private static final Logger log = LoggerFactory.getLogger(RunningSandboxes.class);

  private final SandboxStore store;
  private final LiveSandboxes live;
  private final Deadlines deadlines;
  private final MachineSlots slots;
  private final Clock clock;

  RunningSandboxes(
      SandboxStore store,
      LiveSandboxes live,
      Deadlines deadlines,
      MachineSlots slots,
      Clock clock) {
    this.store = store;
    this.live = live;
    this.deadlines = deadlines;
    this.slots = slots;
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
        throw new OmniRunException(
            ErrorCode.MACHINE_FAILED, "the sandbox was ended while it was being created");
      }
    } catch (RuntimeException e) {
      live.remove(creating.id());
      throw e;
    }
    Sandbox started = creating.withState(SandboxState.RUNNING);
    watch(started, machine);
    return started;
  }

  /** Takes up a sandbox that runs already. Its slot is taken. */
  void adopt(Sandbox sandbox, Machine machine) {
    live.add(sandbox, machine);
    watch(sandbox, machine);
  }

  private void watch(Sandbox sandbox, Machine machine) {
    sandbox
        .deadline()
        .ifPresent(deadline -> deadlines.arm(sandbox.id(), deadline, () -> expire(sandbox)));
    machine
        .ended()
        .thenAccept(reason -> Thread.startVirtualThread(() -> machineEnded(sandbox, reason)));
  }

  /** Kills it and frees its machine; false if it is not running any more. */
  boolean kill(Sandbox sandbox) {
    if (!store.transition(
        sandbox.account(), sandbox.id(), SandboxState.RUNNING, SandboxState.KILLING)) {
      return false;
    }
    release(sandbox);
    store.finish(
        sandbox.account(),
        sandbox.id(),
        SandboxState.KILLING,
        SandboxState.KILLED,
        clock.instant(),
        Optional.empty());
    return true;
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
    try {
      if (kill(sandbox)) {
        log.info("sandbox {} has reached its deadline", sandbox.id());
      }
    } catch (RuntimeException e) {
      log.error("sandbox {} could not be ended at its deadline", sandbox.id(), e);
    }
  }

  private void machineEnded(Sandbox sandbox, String reason) {
    try {
      boolean failed =
          store.finish(
              sandbox.account(),
              sandbox.id(),
              SandboxState.RUNNING,
              SandboxState.FAILED,
              clock.instant(),
              Optional.of(reason));
      if (failed) {
        log.warn("sandbox {} failed: {}", sandbox.id(), reason);
        release(sandbox);
      }
    } catch (RuntimeException e) {
      log.error("the end of sandbox {} could not be recorded", sandbox.id(), e);
    }
  }

  private void release(Sandbox sandbox) {
    deadlines.cancel(sandbox.id());
    live.remove(sandbox.id())
        .ifPresent(
            machine -> {
              try {
                machine.close();
              } finally {
                slots.release();
              }
            });
  }
}
