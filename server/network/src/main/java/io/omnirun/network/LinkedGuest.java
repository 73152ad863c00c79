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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A guest with a link. What its policy says and what the host lets pass change together, and no
 * address is opened under a policy that is not in force any more. Thread-safe; calls that change
 * something wait for the host.
 */
final class LinkedGuest implements Guest {
  private static final Logger LOG = LoggerFactory.getLogger(LinkedGuest.class);

  private final SandboxId id;
  private final MachineId machine;
  private final HostLinks host;
  private final EgressLog egress;
  private final Semaphore lookups = new Semaphore(ExactNames.MAX_LOOKUPS_OF_GUEST);
  private volatile State state;

  /** Whether the host has all of the state; not while a call failed that it may have obeyed. */
  private volatile boolean whole = true;

  /** What is in force; the names and addresses are used under the lock alone. */
  private record State(NetworkPolicy policy, OpenedNames opened, DeniedAddresses denied) {
    /** What would be so under a policy, with what its names stand for. */
    State with(NetworkPolicy wanted, NameAddresses addresses) {
      State next = new State(wanted, opened.copy(), denied.copy());
      next.opened.keep(wanted);
      next.denied.keep(wanted);
      addresses
          .allowed()
          .forEach(found -> next.opened.add(found.name(), found.addresses(), found.time()));
      addresses.denied().forEach(next.denied::add);
      return next;
    }

    Rules rules() {
      return switch (policy.mode()) {
        case AIR_GAP -> new Rules(false, false, false, List.of(), List.of(), Map.of());
        case OPEN ->
            new Rules(true, false, !policy.denyDomains().isEmpty(), List.of(), closed(), Map.of());
        case LISTED ->
            new Rules(false, false, false, policy.allowIps(), closed(), opened.firstPins(policy));
        case PROXIED, PROXIED_LOG_ONLY ->
            new Rules(false, true, false, List.of(), List.of(), Map.of());
      };
    }

    private List<Ipv4Network> closed() {
      return Stream.concat(policy.denyIps().stream(), denied.networks().stream()).toList();
    }

    boolean isListed() {
      return policy.mode() == NetworkPolicy.Mode.LISTED;
    }
  }

  LinkedGuest(
      SandboxId id, MachineId machine, HostLinks host, EgressLog egress, NetworkPolicy policy) {
    this.id = id;
    this.machine = machine;
    this.host = host;
    this.egress = egress;
    this.state = new State(policy, new OpenedNames(), new DeniedAddresses());
  }

  @Override
  public SandboxId id() {
    return id;
  }

  @Override
  public NetworkPolicy policy() {
    return state.policy();
  }

  @Override
  public EgressLog egress() {
    return egress;
  }

  /** The machine whose link it is. */
  MachineId machine() {
    return machine;
  }

  /** One permit for each name that may be looked up for it now. */
  Semaphore lookups() {
    return lookups;
  }

  /** Whether all that is to be open is; if not, {@link #refresh} opens it. */
  boolean isWhole() {
    return whole;
  }

  /** Makes the link that this object is about. */
  synchronized Link plug(NameAddresses addresses) {
    return enforce(
        state.with(state.policy(), addresses), wanted -> host.plug(machine, wanted.rules()));
  }

  /** Takes the link up that the machine has, or makes it. */
  synchronized Link takeUp(NameAddresses addresses) {
    return enforce(
        state.with(state.policy(), addresses),
        wanted ->
            host.keep(machine, wanted.rules()).orElseGet(() -> host.plug(machine, wanted.rules())));
  }

  /** Puts the link under another policy. If this throws, the former one is in force. */
  synchronized void change(NetworkPolicy wanted, NameAddresses addresses) {
    enforce(state.with(wanted, addresses), this::replaceRules);
  }

  /** Brings what exact names stand for up to date, as long as the policy is the one they are of. */
  synchronized void refresh(NetworkPolicy of, NameAddresses addresses) {
    if (!state.policy().equals(of)) {
      return;
    }
    State next = state.with(of, addresses);
    if (whole && next.denied().networks().equals(state.denied().networks())) {
      state = next;
      if (next.isListed()) {
        openRest();
      }
    } else {
      enforce(next, this::replaceRules);
    }
  }

  private Link replaceRules(State wanted) {
    return host.change(machine, wanted.rules())
        .orElseThrow(
            () ->
                new OmniRunException(
                    ErrorCode.NETWORK_UNAVAILABLE, "the sandbox has lost its link to the network"));
  }

  /** What the host refuses changes nothing here either. */
  private Link enforce(State wanted, Function<State, Link> at) {
    whole = false;
    Link link = at.apply(wanted);
    if (wanted.denied().areTooMany() && !state.denied().areTooMany()) {
      LOG.warn(
          "the denied names of sandbox {} have more than {} addresses; the others are not closed",
          id,
          DeniedAddresses.MAX);
    }
    state = wanted;
    whole = true;
    // The launcher takes only so many with the rules.
    if (wanted.isListed() && wanted.opened().isMoreThanFirst(wanted.policy())) {
      openRest();
    }
    return link;
  }

  /** The rules are in force already: what cannot be opened now follows at the next turn. */
  private void openRest() {
    try {
      host.pin(machine, state.opened().pins(state.policy()));
    } catch (RuntimeException e) {
      whole = false;
      LOG.warn("not all addresses of names are open to sandbox {} yet", id, e);
    }
  }

  @Override
  public synchronized void pin(DomainName name, Set<Inet4Address> addresses, Duration time) {
    if (!state.policy().verdict(name).passes()) {
      throw new OmniRunException(
          ErrorCode.PERMISSION_DENIED, "the policy has changed and does not allow that name");
    }
    // A question again and again costs the launcher nothing.
    if (!whole || !state.opened().areOpen(name, addresses, time.dividedBy(2))) {
      host.pin(
          machine,
          addresses.stream().collect(Collectors.toMap(address -> address, address -> time)));
      state.opened().add(name, addresses, time);
    }
  }
}
