package io.omnirun.core;

import io.omnirun.core.ports.GuestNetwork;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.GuestLink;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxState;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The links of sandboxes on their way through life. One whose policy is an air-gap has none, and
 * nothing here does anything for it. Thread-safe; calls block.
 */
final class SandboxLinks {
  private final GuestNetwork network;
  private final SandboxStore store;
  private final LiveSandboxes live;
  private final Retries retries;
  private final KeyedLocks<SandboxId> locks = new KeyedLocks<>();
  private final Set<SandboxId> unsettled = ConcurrentHashMap.newKeySet();

  SandboxLinks(GuestNetwork network, SandboxStore store, LiveSandboxes live, Retries retries) {
    this.network = network;
    this.store = store;
    this.live = live;
    this.retries = retries;
  }

  /** Does what reads or replaces a sandbox's policy, while nobody else does. */
  <T> T alone(SandboxId sandbox, Supplier<T> action) {
    return locks.with(sandbox, action);
  }

  /** See {@link GuestNetwork#change}; called alone. */
  void change(SandboxId sandbox, NetworkPolicy policy) {
    network.change(sandbox, policy);
  }

  /**
   * Puts the link of a sandbox under the policy of its row, whatever it is under: now, or later if
   * that fails, as long as the sandbox runs.
   */
  void settle(Sandbox sandbox) {
    if (unsettled.add(sandbox.id())) {
      retries.untilDone(
          "putting the link of sandbox " + sandbox.id() + " under its policy",
          () -> locks.run(sandbox.id(), () -> putUnderItsPolicy(sandbox)));
    }
  }

  private void putUnderItsPolicy(Sandbox sandbox) {
    Optional<NetworkPolicy> policy =
        live.isRunning(sandbox.id()) ? policyOfRow(sandbox) : Optional.empty();
    policy.ifPresent(present -> network.change(sandbox.id(), present));
    unsettled.remove(sandbox.id());
  }

  /** Empty if it does not run. */
  private Optional<NetworkPolicy> policyOfRow(Sandbox sandbox) {
    return store
        .find(sandbox.account(), sandbox.id())
        .filter(row -> row.state() == SandboxState.RUNNING)
        .map(row -> row.settings().network());
  }

  /** See {@link GuestNetwork#require}. */
  void require(NetworkPolicy policy) {
    if (isLinked(policy)) {
      network.require(policy);
    }
  }

  /**
   * Links a machine, if it is to be, and tells its guest. Where the link is known beforehand both
   * are done at the same time, for the guest takes about as long as the host. Until the link is
   * there, what its services send is lost; no caller's program runs yet.
   *
   * @param telling is given the link; empty: it has none. Over, as the link is made, when this
   *     returns or throws
   */
  void join(Sandbox sandbox, Machine machine, Consumer<Optional<GuestLink>> telling) {
    if (!isLinked(sandbox.settings().network())) {
      telling.accept(Optional.empty());
      return;
    }
    Optional<GuestLink> foreseen = machine.foreseenLink().map(network::foresee);
    if (foreseen.isPresent()) {
      joinWhileTelling(sandbox, machine, foreseen.get(), telling);
    } else {
      telling.accept(Optional.of(join(sandbox, machine)));
    }
  }

  private void joinWhileTelling(
      Sandbox sandbox, Machine machine, GuestLink foreseen, Consumer<Optional<GuestLink>> telling) {
    CompletableFuture<GuestLink> joining =
        CompletableFuture.supplyAsync(() -> join(sandbox, machine), Thread::startVirtualThread);
    try {
      telling.accept(Optional.of(foreseen));
    } catch (RuntimeException e) {
      joining.exceptionally(alsoFailed -> foreseen).join();
      throw e;
    }
    GuestLink made = made(joining);
    if (!made.equals(foreseen)) {
      throw new OmniRunException(
          ErrorCode.MACHINE_FAILED, "the host made another link than it had said");
    }
  }

  private static GuestLink made(CompletableFuture<GuestLink> joining) {
    try {
      return joining.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private GuestLink join(Sandbox sandbox, Machine machine) {
    return network.join(sandbox.id(), machine.id(), sandbox.settings().network());
  }

  /**
   * Links a machine that runs on after a pause. Its link is another one, with another address: a
   * guest that cannot be told is told later.
   */
  void joinAgain(Sandbox sandbox, Machine machine) {
    if (isLinked(sandbox.settings().network())) {
      tell(sandbox, machine, join(sandbox, machine));
    }
  }

  private void tell(Sandbox sandbox, Machine machine, GuestLink link) {
    retries.untilDone(
        "telling sandbox " + sandbox.id() + " about its network", () -> tell(machine, link));
  }

  private static void tell(Machine machine, GuestLink link) {
    if (!machine.ended().isDone()) {
      machine.guest().setNetwork(Optional.of(link));
    }
  }

  /** Takes up the link of a machine that has it already, under the policy of its row then. */
  void takeUp(Sandbox sandbox, Machine machine) {
    if (isLinked(sandbox.settings().network())) {
      retries.untilDone(
          "taking up the link of sandbox " + sandbox.id(),
          () -> locks.run(sandbox.id(), () -> rejoin(sandbox, machine)));
    }
  }

  private void rejoin(Sandbox sandbox, Machine machine) {
    if (live.isRunningOn(sandbox.id(), machine)) {
      policyOfRow(sandbox).ifPresent(policy -> rejoin(sandbox, machine, policy));
    }
  }

  /** The server before this one may have ended before the guest knew of its link. */
  private void rejoin(Sandbox sandbox, Machine machine, NetworkPolicy policy) {
    GuestLink link = network.rejoin(sandbox.id(), machine.id(), policy);
    Thread.startVirtualThread(() -> tell(sandbox, machine, link));
  }

  /** The machine of a sandbox is gone. */
  void leave(SandboxId sandbox) {
    network.leave(sandbox);
  }

  /** The sandbox is gone. */
  void forget(SandboxId sandbox) {
    network.leave(sandbox);
    network.forget(sandbox);
  }

  private static boolean isLinked(NetworkPolicy policy) {
    return policy.mode() != NetworkPolicy.Mode.AIR_GAP;
  }
}
