package io.omnirun.core;

import io.omnirun.core.ports.GuestNetwork;
import io.omnirun.core.ports.Machine;
import io.omnirun.model.GuestLink;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import java.util.Optional;

/**
 * The links of sandboxes on their way through life. One whose policy is an air-gap has none, and
 * nothing here does anything for it. Thread-safe; calls block.
 */
final class SandboxLinks {
  private final GuestNetwork network;
  private final LiveSandboxes live;
  private final Retries retries;

  SandboxLinks(GuestNetwork network, LiveSandboxes live, Retries retries) {
    this.network = network;
    this.live = live;
    this.retries = retries;
  }

  /** See {@link GuestNetwork#require}. */
  void require(NetworkPolicy policy) {
    if (isLinked(policy)) {
      network.require(policy);
    }
  }

  /** Links a machine of which the guest learns with its identity. */
  Optional<GuestLink> join(Sandbox sandbox, Machine machine) {
    NetworkPolicy policy = sandbox.settings().network();
    return isLinked(policy)
        ? Optional.of(network.join(sandbox.id(), machine.id(), policy))
        : Optional.empty();
  }

  /**
   * Links a machine that runs on after a pause. Its link is another one, with another address: a
   * guest that cannot be told is told later.
   */
  void joinAgain(Sandbox sandbox, Machine machine) {
    join(sandbox, machine)
        .ifPresent(
            link ->
                retries.untilDone(
                    "telling sandbox " + sandbox.id() + " about its network",
                    () -> tell(machine, link)));
  }

  private static void tell(Machine machine, GuestLink link) {
    if (!machine.ended().isDone()) {
      machine.guest().setNetwork(Optional.of(link));
    }
  }

  /** Takes up the link of a machine that has it already. */
  void takeUp(Sandbox sandbox, Machine machine) {
    NetworkPolicy policy = sandbox.settings().network();
    if (isLinked(policy)) {
      retries.untilDone(
          "taking up the link of sandbox " + sandbox.id(), () -> rejoin(sandbox, machine, policy));
    }
  }

  private void rejoin(Sandbox sandbox, Machine machine, NetworkPolicy policy) {
    if (live.isRunningOn(sandbox.id(), machine)) {
      network.rejoin(sandbox.id(), machine.id(), policy);
    }
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
