package io.omnirun.rest;

import io.omnirun.core.ports.GuestNetwork;
import io.omnirun.core.ports.HostLinks;
import io.omnirun.model.EgressPage;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.GuestLink;
import io.omnirun.model.MachineId;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers who has which policy. */
final class FakeGuestNetwork implements GuestNetwork {
  private static final GuestLink LINK =
      new GuestLink("192.0.2.2/30", "192.0.2.1", List.of("192.0.2.1"));

  final Map<SandboxId, NetworkPolicy> policies = new ConcurrentHashMap<>();
  final Map<SandboxId, MachineId> machines = new ConcurrentHashMap<>();
  final List<String> calls = new CopyOnWriteArrayList<>();
  volatile EgressPage page = EgressPage.EMPTY;
  volatile Optional<ErrorCode> refusal = Optional.empty();

  @Override
  public void require(NetworkPolicy policy) {
    refuse();
  }

  @Override
  public GuestLink join(SandboxId sandbox, MachineId machine, NetworkPolicy policy) {
    calls.add("join");
    return linked(sandbox, machine, policy);
  }

  @Override
  public GuestLink foresee(HostLinks.Link link) {
    return LINK;
  }

  @Override
  public GuestLink rejoin(SandboxId sandbox, MachineId machine, NetworkPolicy policy) {
    calls.add("rejoin");
    return linked(sandbox, machine, policy);
  }

  private GuestLink linked(SandboxId sandbox, MachineId machine, NetworkPolicy policy) {
    refuse();
    policies.put(sandbox, policy);
    machines.put(sandbox, machine);
    return LINK;
  }

  @Override
  public void change(SandboxId sandbox, NetworkPolicy policy) {
    refuse();
    policies.put(sandbox, policy);
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
    refusal.ifPresent(
        code -> {
          throw new OmniRunException(code, "as told");
        });
  }
}
