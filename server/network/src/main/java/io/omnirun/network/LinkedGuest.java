package io.omnirun.network;

import io.omnirun.core.ports.HostLinks;
import io.omnirun.core.ports.HostLinks.Link;
import io.omnirun.core.ports.HostLinks.Rules;
import io.omnirun.model.DomainName;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.Ipv4Network;
import io.omnirun.model.MachineId;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import java.net.Inet4Address;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A guest with a link. What its policy says and what the host lets pass change together, and no
 * address is opened under a policy that is not in force any more. Thread-safe; calls that change
 * something wait for the host.
 */
final class LinkedGuest implements Guest {
  /**
   * Addresses of denied names that are kept closed; with the caller's own as many as the launcher
   * takes.
   */
  static final int MAX_DENIED_ADDRESSES = 1_000;

  private final SandboxId id;
  private final MachineId machine;
  private final HostLinks host;
  private final EgressLog egress;
  private final OpenedNames opened = new OpenedNames();
  private final Set<Ipv4Network> deniedByName = new LinkedHashSet<>();
  private volatile NetworkPolicy policy;

  LinkedGuest(
      SandboxId id, MachineId machine, HostLinks host, EgressLog egress, NetworkPolicy policy) {
    this.id = id;
    this.machine = machine;
    this.host = host;
    this.egress = egress;
    this.policy = policy;
  }

  @Override
  public SandboxId id() {
    return id;
  }

  @Override
  public NetworkPolicy policy() {
    return policy;
  }

  @Override
  public EgressLog egress() {
    return egress;
  }

  /** The machine whose link it is. */
  MachineId machine() {
    return machine;
  }

  /** Makes the link that this object is about. */
  synchronized Link plug(NameAddresses addresses) {
    learn(addresses);
    Link link = host.plug(machine, rules(policy));
    openRest();
    return link;
  }

  /** Takes the link up that the machine has, or makes it. */
  synchronized Link takeUp(NameAddresses addresses) {
    learn(addresses);
    Link link =
        host.keep(machine, rules(policy)).orElseGet(() -> host.plug(machine, rules(policy)));
    openRest();
    return link;
  }

  /** Puts the link under another policy. If this throws, the former one is in force. */
  synchronized void change(NetworkPolicy wanted, NameAddresses addresses) {
    Set<Ipv4Network> formerlyDenied = Set.copyOf(deniedByName);
    deniedByName.clear();
    learn(addresses);
    try {
      requireLink(host.change(machine, rules(wanted)).isPresent());
    } catch (RuntimeException e) {
      deniedByName.clear();
      deniedByName.addAll(formerlyDenied);
      throw e;
    }
    policy = wanted;
    opened.keep(wanted);
    openRest();
  }

  /** Brings what exact names stand for up to date, as long as the policy is the one they are of. */
  synchronized void refresh(NetworkPolicy of, NameAddresses addresses) {
    if (!policy.equals(of)) {
      return;
    }
    int deniedBefore = deniedByName.size();
    learn(addresses);
    if (deniedByName.size() > deniedBefore) {
      requireLink(host.change(machine, rules(policy)).isPresent());
      openRest();
    } else if (policy.mode() == NetworkPolicy.Mode.LISTED) {
      host.pin(machine, opened.pins());
    }
  }

  @Override
  public synchronized void pin(DomainName name, Set<Inet4Address> addresses, Duration time) {
    if (!policy.verdict(name).passes()) {
      throw new OmniRunException(
          ErrorCode.PERMISSION_DENIED, "the policy has changed and does not allow that name");
    }
    opened.add(name, addresses, time);
    host.pin(machine, OpenedNames.pins(addresses, time));
  }

  private void learn(NameAddresses addresses) {
    addresses.allowed().forEach(found -> opened.add(found.name(), found.addresses(), found.time()));
    for (Inet4Address address : addresses.denied()) {
      if (deniedByName.size() < MAX_DENIED_ADDRESSES) {
        deniedByName.add(Ipv4Network.of(address));
      }
    }
  }

  private Rules rules(NetworkPolicy of) {
    List<Ipv4Network> denied = Stream.concat(of.denyIps().stream(), deniedByName.stream()).toList();
    return switch (of.mode()) {
      case AIR_GAP -> new Rules(false, false, false, List.of(), List.of(), Map.of());
      case OPEN -> new Rules(true, false, !of.denyDomains().isEmpty(), List.of(), denied, Map.of());
      case LISTED -> new Rules(false, false, false, of.allowIps(), denied, opened.firstPins(of));
      case PROXIED, PROXIED_LOG_ONLY ->
          new Rules(false, true, false, List.of(), List.of(), Map.of());
    };
  }

  /** The launcher takes only so many with the rules. */
  private void openRest() {
    if (policy.mode() == NetworkPolicy.Mode.LISTED && opened.isMoreThanFirst()) {
      host.pin(machine, opened.pins());
    }
  }

  private static void requireLink(boolean isThere) {
    if (!isThere) {
      throw new OmniRunException(
          ErrorCode.NETWORK_UNAVAILABLE, "the sandbox has lost its link to the network");
    }
  }
}
