package io.omnirun.core;

import io.omnirun.core.ports.GuestNetwork;
import io.omnirun.core.ports.HostLinks;
import io.omnirun.model.EgressPage;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.GuestLink;
import io.omnirun.model.MachineId;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import java.net.Inet4Address;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers who has which policy. */
final class FakeGuestNetwork implements GuestNetwork {
  /** The one that every join makes. */
  static final HostLinks.Link LINK =
      new HostLinks.Link(
          Inet4Address.ofLiteral("192.0.2.2"), 30, Inet4Address.ofLiteral("192.0.2.1"));

  final Map<SandboxId, NetworkPolicy> policies = new ConcurrentHashMap<>();
  final Map<SandboxId, MachineId> machines = new ConcurrentHashMap<>();
  final List<String> calls = new CopyOnWriteArrayList<>();
  volatile EgressPage page = EgressPage.EMPTY;
  volatile Optional<ErrorCode> refusal = Optional.empty();

  /** Is run before a join is done: it may block. */
  volatile Runnable onJoin = () -> {};

  /** What the next joins are refused with. */
  final Queue<ErrorCode> joinRefusals = new ConcurrentLinkedQueue<>();

  final Faults changes = new Faults();
  final Faults rejoins = new Faults();

  @Override
  public void require(NetworkPolicy policy) {
    refuse();
  }

  @Override
  public GuestLink join(SandboxId sandbox, MachineId machine, NetworkPolicy policy) {
    calls.add("join");
    onJoin.run();
    refuse(Optional.ofNullable(joinRefusals.poll()));
    return linked(sandbox, machine, policy);
  }

  @Override
  public GuestLink foresee(HostLinks.Link link) {
    return new GuestLink(
        link.address().getHostAddress() + "/" + link.prefixLength(),
        link.gateway().getHostAddress(),
        List.of("192.0.2.1"));
  }

  @Override
  public GuestLink rejoin(SandboxId sandbox, MachineId machine, NetworkPolicy policy) {
    calls.add("rejoin");
    return rejoins.call(() -> linked(sandbox, machine, policy));
  }

  private GuestLink linked(SandboxId sandbox, MachineId machine, NetworkPolicy policy) {
    refuse();
    policies.put(sandbox, policy);
    machines.put(sandbox, machine);
    return foresee(LINK);
  }

  @Override
  public void change(SandboxId sandbox, NetworkPolicy policy) {
    refuse();
    changes.call(() -> policies.put(sandbox, policy));
  }

  @Override
  public void leave(SandboxId sandbox) {
    policies.remove(sandbox);
    machines.remove(sandbox);
  }

  @Override
  public void forget(SandboxId sandbox) {
    calls.add("forget");
  }

  @Override
  public EgressPage egress(SandboxId sandbox, long after, int limit) {
    return page;
  }

  private void refuse() {
    refuse(refusal);
  }

  private static void refuse(Optional<ErrorCode> refusal) {
    refusal.ifPresent(
        code -> {
          throw new OmniRunException(code, "as told");
        });
  }
}
