package io.omnirun.core;

import io.omnirun.core.ports.GuestNetwork;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.Account;
import io.omnirun.model.DomainPattern;
import io.omnirun.model.EgressPage;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.Ipv4Network;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxState;
import java.util.List;

/** What sandboxes reach, and what they tried to. Thread-safe; calls block. */
public final class Networks {
  private final SandboxStore store;
  private final GuestNetwork network;
  private final SandboxLinks links;
  private final SandboxLookup lookup;

  Networks(SandboxStore store, GuestNetwork network, SandboxLinks links, SandboxLookup lookup) {
    this.store = store;
    this.network = network;
    this.links = links;
    this.lookup = lookup;
  }

  /** The lists of a policy; how a sandbox is linked stays as it was made. */
  public record Lists(
      List<DomainPattern> allowDomains,
      List<DomainPattern> denyDomains,
      List<Ipv4Network> allowIps,
      List<Ipv4Network> denyIps) {
    NetworkPolicy of(NetworkPolicy present) {
      return new NetworkPolicy(
          present.internet(),
          allowDomains,
          denyDomains,
          allowIps,
          denyIps,
          present.sniProxy(),
          present.sniProxyLogOnly());
    }
  }

  /**
   * Replaces all lists of a running sandbox, at once and durably. Flows that the new ones do not
   * allow are cut off.
   *
   * @throws OmniRunException SANDBOX_NOT_FOUND, SANDBOX_PAUSED, SANDBOX_NOT_RUNNING;
   *     SANDBOX_AIR_GAPPED if it has no link; NETWORK_UNAVAILABLE if its link is not taken up yet;
   *     INVALID_REQUEST if nothing would be allowed. The former lists hold then, or will as soon as
   *     the launcher answers
   */
  public NetworkPolicy change(Account account, SandboxId id, Lists lists) {
    // Somebody else's sandbox is not waited for.
    SandboxId own = lookup.find(account, id).id();
    return links.alone(own, () -> changeAlone(account, own, lists));
  }

  private NetworkPolicy changeAlone(Account account, SandboxId id, Lists lists) {
    Sandbox sandbox = lookup.find(account, id);
    if (sandbox.state() != SandboxState.RUNNING) {
      throw SandboxLookup.notRunning(sandbox);
    }
    NetworkPolicy wanted = lists.of(linked(sandbox));
    if (wanted.mode() == NetworkPolicy.Mode.AIR_GAP) {
      throw new OmniRunException(
          ErrorCode.INVALID_REQUEST,
          "nothing would be allowed: name something in \"allowDomains\" or \"allowIPs\"");
    }
    change(sandbox, wanted);
    return wanted;
  }

  private static NetworkPolicy linked(Sandbox sandbox) {
    NetworkPolicy present = sandbox.settings().network();
    if (present.mode() == NetworkPolicy.Mode.AIR_GAP) {
      throw new OmniRunException(
          ErrorCode.SANDBOX_AIR_GAPPED,
          "the sandbox was made without a network and stays so; create one with \"internet\" or"
              + " a list of what is allowed");
    }
    return present;
  }

  /**
   * What is not on disk holds no longer than it takes to find that out. A call that failed may have
   * been obeyed all the same.
   */
  private void change(Sandbox sandbox, NetworkPolicy wanted) {
    try {
      links.change(sandbox.id(), wanted);
      if (!store.setNetwork(sandbox.account(), sandbox.id(), wanted)) {
        throw SandboxLookup.notRunning(
            store.find(sandbox.account(), sandbox.id()).orElseThrow(SandboxLookup::notFound));
      }
    } catch (RuntimeException e) {
      links.settle(sandbox);
      throw e;
    }
  }

  /**
   * What a sandbox asked the network for.
   *
   * @param after entries with a higher number than this
   * @param limit so many at most
   * @throws OmniRunException SANDBOX_NOT_FOUND
   */
  public EgressPage egress(Account account, SandboxId id, long after, int limit) {
    return network.egress(lookup.find(account, id).id(), after, limit);
  }
}
