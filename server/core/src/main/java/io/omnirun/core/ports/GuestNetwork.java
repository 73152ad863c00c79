package io.omnirun.core.ports;

import io.omnirun.model.EgressPage;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.GuestLink;
import io.omnirun.model.MachineId;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;

/**
 * Links guests to the network, each under its own policy. A sandbox whose policy is an air-gap is
 * never seen here. Thread-safe; calls block.
 */
public interface GuestNetwork {
  /**
   * What a host has that gives no guest a link.
   *
   * @param problem why not, for people
   */
  static GuestNetwork none(String problem) {
    return new NoGuestNetwork(problem);
  }

  /**
   * Asks before anything is made.
   *
   * @throws OmniRunException NETWORK_UNAVAILABLE if no guest gets a link, or this policy cannot be
   *     kept
   */
  void require(NetworkPolicy policy);

  /**
   * Gives the machine of a sandbox a link; the sandbox has no other any more.
   *
   * @return what the guest must be told
   * @throws OmniRunException NETWORK_UNAVAILABLE, MACHINE_FAILED; there is no link then
   */
  GuestLink join(SandboxId sandbox, MachineId machine, NetworkPolicy policy);

  /** What {@link #join} will return for a machine whose link is known beforehand. Cheap. */
  GuestLink foresee(HostLinks.Link link);

  /**
   * Takes up the link that the machine of a sandbox has; what is open stays so. One that lost it
   * gets it again.
   *
   * @throws OmniRunException as {@link #join}
   */
  GuestLink rejoin(SandboxId sandbox, MachineId machine, NetworkPolicy policy);

  /**
   * Puts a sandbox's link under another policy, all of it at once; flows that it does not allow are
   * cut off.
   *
   * @throws OmniRunException NETWORK_UNAVAILABLE if the sandbox has no link, or none that was taken
   *     up. The former policy stands then, unless the host did not answer: one of both does
   */
  void change(SandboxId sandbox, NetworkPolicy policy);

  /** The link of a sandbox is gone, with its machine. Idempotent. */
  void leave(SandboxId sandbox);

  /** The sandbox is gone, and nobody asks for what it did. Idempotent. */
  void forget(SandboxId sandbox);

  /**
   * What a sandbox asked the network for and what was decided, the oldest first.
   *
   * @param after entries with a higher number than this; 0: from the first that is kept
   * @param limit so many at most
   */
  EgressPage egress(SandboxId sandbox, long after, int limit);

  /** Refuses, and has nothing. */
  final class NoGuestNetwork implements GuestNetwork {
    private final String problem;

    private NoGuestNetwork(String problem) {
      this.problem = problem;
    }

    @Override
    public void require(NetworkPolicy policy) {
      throw unavailable();
    }

    @Override
    public GuestLink join(SandboxId sandbox, MachineId machine, NetworkPolicy policy) {
      throw unavailable();
    }

    @Override
    public GuestLink foresee(HostLinks.Link link) {
      throw unavailable();
    }

    @Override
    public GuestLink rejoin(SandboxId sandbox, MachineId machine, NetworkPolicy policy) {
      throw unavailable();
    }

    @Override
    public void change(SandboxId sandbox, NetworkPolicy policy) {
      throw unavailable();
    }

    @Override
    public void leave(SandboxId sandbox) {
      // It has none.
    }

    @Override
    public void forget(SandboxId sandbox) {
      // Nothing is known of it.
    }

    @Override
    public EgressPage egress(SandboxId sandbox, long after, int limit) {
      return EgressPage.EMPTY;
    }

    private OmniRunException unavailable() {
      return new OmniRunException(
          ErrorCode.NETWORK_UNAVAILABLE,
          "this host connects no sandbox to a network (%s); without \"internet\" and lists of what is allowed the sandbox can be made"
              .formatted(problem));
    }
  }
}
