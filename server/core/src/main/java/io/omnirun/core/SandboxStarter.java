package io.omnirun.core;

import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.GuestEnvironment;
import io.omnirun.model.MachineId;
import io.omnirun.model.MachineKind;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import java.util.EnumSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a sandbox that is being created run: gives a machine its identity, then lets callers reach
 * it. A machine that serves no sandbox after all is closed. Thread-safe; calls block.
 */
final class SandboxStarter {
  private static final Logger log = LoggerFactory.getLogger(SandboxStarter.class);

  /** The status of what every clone would refuse alike: variables that Linux does not take, say. */
  private static final int BAD_REQUEST = 400;

  /** What a host that makes no links says of every clone alike. */
  private static final Set<ErrorCode> OF_HOST =
      EnumSet.of(ErrorCode.NETWORK_UNAVAILABLE, ErrorCode.LAUNCHER_UNAVAILABLE);

  private final MachineDriver driver;
  private final SandboxStore store;
  private final RunningSandboxes running;
  private final SandboxLinks links;
  private final Identities identities;
  private final MachineSlots slots;
  private final Retries retries;

  SandboxStarter(
      MachineDriver driver,
      SandboxStore store,
      RunningSandboxes running,
      SandboxLinks links,
      Identities identities,
      MachineSlots slots,
      Retries retries) {
    this.driver = driver;
    this.store = store;
    this.running = running;
    this.links = links;
    this.identities = identities;
    this.slots = slots;
    this.retries = retries;
  }

  /** What the machines run on that it starts sandboxes in. */
  MachineKind machineKind() {
    return driver.platform().kind();
  }

  /** Starts a sandbox in a clone that is restored now, under the machine id of its row. */
  Sandbox startFresh(Sandbox creating, GoldenSnapshot golden, GuestEnvironment environment) {
    Machine machine = driver.clone(creating.machine(), golden);
    applyIdentity(creating, machine, environment);
    return begin(creating, machine);
  }

  /**
   * Starts a sandbox in a clone from the pool. One that breaks as it is handed out costs the
   * sandbox time, not its life: a fresh one takes its place, once.
   */
  Sandbox startPooled(
      Sandbox creating, Machine pooled, GoldenSnapshot golden, GuestEnvironment environment) {
    try {
      applyIdentity(creating, pooled, environment);
    } catch (RuntimeException e) {
      if (!isFaultOfClone(e)) {
        throw e;
      }
      log.warn("clone {} broke as it was handed out, a fresh one replaces it", pooled.id(), e);
      return startFresh(withFreshMachine(creating), golden, environment);
    }
    return begin(creating, pooled);
  }

  private void applyIdentity(Sandbox sandbox, Machine machine, GuestEnvironment environment) {
    try {
      links.join(
          sandbox,
          machine,
          link -> machine.guest().applyIdentity(identities.create(sandbox, environment, link)));
    } catch (RuntimeException e) {
      discard(sandbox, machine);
      throw e;
    }
  }

  private void discard(Sandbox sandbox, Machine machine) {
    links.forget(sandbox.id());
    discard(machine);
  }

  private Sandbox begin(Sandbox creating, Machine machine) {
    try {
      return running.begin(creating, machine);
    } catch (RuntimeException e) {
      discard(creating, machine);
      throw e;
    }
  }

  /** Whether another clone may do better: not if the request or the host is what fails. */
  private static boolean isFaultOfClone(RuntimeException failure) {
    return !(failure instanceof OmniRunException known
        && (known.code().httpStatus() == BAD_REQUEST || OF_HOST.contains(known.code())));
  }

  /**
   * The row names the new machine before there is one: after a crash in between, the next start
   * looks for it there. The old one is found as a machine that nobody knows.
   */
  private Sandbox withFreshMachine(Sandbox creating) {
    Sandbox moved = creating.withMachine(MachineId.random());
    if (!store.replaceMachine(moved.account(), moved.id(), moved.machine())) {
      throw RunningSandboxes.endedWhileCreating();
    }
    return moved;
  }

  /**
   * Closes a machine that serves no sandbox. One that cannot be closed yet keeps a place on this
   * node until it is.
   */
  void discard(Machine machine) {
    try {
      machine.close();
    } catch (RuntimeException e) {
      log.error("machine {} could not be freed, that is tried again", machine.id(), e);
      slots.takeAnyway();
      retries.later("freeing machine " + machine.id(), () -> closeAndRelease(machine));
    }
  }

  private void closeAndRelease(Machine machine) {
    machine.close();
    slots.release();
  }
}
