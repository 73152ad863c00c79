package io.omnirun.rest;

import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.Guest;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.core.ports.MachinePlatform;
import io.omnirun.core.ports.PauseSeal;
import io.omnirun.core.ports.PausedMachines;
import io.omnirun.model.Accelerator;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.MachineKind;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Vmm;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/** Machines that are nothing but their guests. */
final class FakeMachineDriver implements MachineDriver {
  private record FakeMachine(MachineId id, FakeGuest fakeGuest, CompletableFuture<String> ended)
      implements Machine {
    @Override
    public Guest guest() {
      return fakeGuest;
    }

    @Override
    public void pauseVcpus() {}

    @Override
    public void resumeVcpus() {}

    @Override
    public void pause(PauseSeal seal) {}

    @Override
    public void runOn() {}

    @Override
    public void close() {
      ended.complete("closed");
    }
  }

  private final Map<MachineId, FakeMachine> machines = new ConcurrentHashMap<>();
  volatile FakeGuest latestGuest = new FakeGuest();
  private volatile CompletableFuture<String> latestEnd = new CompletableFuture<>();

  @Override
  public MachinePlatform platform() {
    return new MachinePlatform(new MachineKind(Vmm.QEMU, Accelerator.TCG), "7.2", "as told");
  }

  @Override
  public Machine clone(MachineId id, GoldenSnapshot golden) {
    return add(id);
  }

  private Machine add(MachineId id) {
    FakeMachine machine = new FakeMachine(id, new FakeGuest(), new CompletableFuture<>());
    machines.put(id, machine);
    latestGuest = machine.fakeGuest();
    latestEnd = machine.ended();
    return machine;
  }

  /** The machines that were paused: each goes on as a new one. */
  PausedMachines paused() {
    return new PausedMachines() {
      @Override
      public Machine resume(MachineId paused, MachineId id, String accessToken, PauseSeal seal) {
        return add(id);
      }

      @Override
      public Set<MachineId> found() {
        return Set.of();
      }

      @Override
      public Set<MachineId> whole() {
        return Set.of();
      }

      @Override
      public void delete(MachineId paused) {}
    };
  }

  /** Lets the VMM die that was started last. */
  void crashLatest(String reason) {
    latestEnd.complete(reason);
  }

  @Override
  public Machine adopt(MachineId id, String accessToken) {
    throw new OmniRunException(ErrorCode.GUEST_UNREACHABLE, "nothing to adopt");
  }

  @Override
  public Set<MachineId> found() {
    return machines.keySet();
  }

  @Override
  public Set<MachineId> living() {
    return machines.keySet();
  }

  @Override
  public void remove(MachineId id) {
    machines.remove(id);
  }
}
