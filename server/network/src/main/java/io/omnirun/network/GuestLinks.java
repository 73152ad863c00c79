package io.omnirun.network;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.omnirun.core.ports.GuestNetwork;
import io.omnirun.core.ports.HostLinks;
import io.omnirun.core.ports.HostLinks.Link;
import io.omnirun.core.ports.Telemetry;
import io.omnirun.model.EgressEntry;
import io.omnirun.model.EgressPage;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.GuestLink;
import io.omnirun.model.MachineId;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import java.net.Inet4Address;
import java.time.InstantSource;
import java.util.List;

/** Gives guests their links, and keeps them to their policies. */
final class GuestLinks implements GuestNetwork {
  /** Of sandboxes that are paused or have failed, too; some 300 KB each at most. */
  private static final int MAX_LOGS = 2_000;

  private final HostLinks host;
  private final Inet4Address nameServer;
  private final GuestTable guests;
  private final ExactNames names;
  private final NameRefresh refresh;
  private final SniProxy proxy;
  private final InstantSource clock;
  private final Telemetry telemetry;
  private final Cache<SandboxId, EgressLog> logs =
      Caffeine.newBuilder().maximumSize(MAX_LOGS).build();

  GuestLinks(
      HostLinks host,
      Inet4Address nameServer,
      GuestTable guests,
      ExactNames names,
      NameRefresh refresh,
      SniProxy proxy,
      InstantSource clock,
      Telemetry telemetry) {
    this.host = host;
    this.nameServer = nameServer;
    this.guests = guests;
    this.names = names;
    this.refresh = refresh;
    this.proxy = proxy;
    this.clock = clock;
    this.telemetry = telemetry;
  }

  @Override
  public void require(NetworkPolicy policy) {
    // What every policy needs has been started, or there would be no such object.
  }

  @Override
  public GuestLink join(SandboxId sandbox, MachineId machine, NetworkPolicy policy) {
    LinkedGuest guest = guest(sandbox, machine, policy);
    NameAddresses addresses = names.lookUp(policy, guest.lookups());
    return linked(guest, guest.plug(addresses), addresses);
  }

  @Override
  public GuestLink rejoin(SandboxId sandbox, MachineId machine, NetworkPolicy policy) {
    LinkedGuest guest = guest(sandbox, machine, policy);
    NameAddresses addresses = names.lookUp(policy, guest.lookups());
    return linked(guest, guest.takeUp(addresses), addresses);
  }

  private LinkedGuest guest(SandboxId sandbox, MachineId machine, NetworkPolicy policy) {
    return new LinkedGuest(
        sandbox, machine, host, logs.get(sandbox, id -> new EgressLog(clock, telemetry)), policy);
  }

  private GuestLink linked(LinkedGuest guest, Link link, NameAddresses addresses) {
    guests.put(guest, link.address());
    refresh.later(guest, addresses);
    return foresee(link);
  }

  @Override
  public GuestLink foresee(Link link) {
    return new GuestLink(
        "%s/%d".formatted(link.address().getHostAddress(), link.prefixLength()),
        link.gateway().getHostAddress(),
        List.of(nameServer.getHostAddress()));
  }

  @Override
  public void change(SandboxId sandbox, NetworkPolicy policy) {
    LinkedGuest guest = guests.of(sandbox).orElseThrow(GuestLinks::notLinked);
    NameAddresses addresses = names.lookUp(policy, guest.lookups());
    guest.change(policy, addresses);
    proxy.recheck(sandbox);
    refresh.later(guest, addresses);
  }

  private static OmniRunException notLinked() {
    return new OmniRunException(
        ErrorCode.NETWORK_UNAVAILABLE,
        "the sandbox's link is being made or taken up; try again in a moment");
  }

  @Override
  public void leave(SandboxId sandbox) {
    guests.remove(sandbox);
    proxy.drop(sandbox);
  }

  @Override
  public void forget(SandboxId sandbox) {
    logs.invalidate(sandbox);
  }

  @Override
  public EgressPage egress(SandboxId sandbox, long after, int limit) {
    EgressLog log = logs.getIfPresent(sandbox);
    if (log == null) {
      return EgressPage.EMPTY;
    }
    List<EgressEntry> found = log.after(after, limit + 1);
    boolean more = found.size() > limit;
    return new EgressPage(more ? found.subList(0, limit) : found, more, log.counters());
  }
}
