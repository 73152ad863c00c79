package io.omnirun.core;

import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.core.ports.MachinePlatform;
import io.omnirun.core.ports.PauseSeal;
import io.omnirun.model.Accelerator;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.MachineKind;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Vmm;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** A host of remembered machines. */
final class FakeMachineDriver implements MachineDriver {
  static final MachinePlatform PLATFORM =
      new MachinePlatform(new MachineKind(Vmm.FIRECRACKER, Accelerator.KVM), "1.0", "as told");

  final Map<MachineId, FakeMachine> machines = new ConcurrentHashMap<>();
  final BlockingQueue<FakeMachine> made = new LinkedBlockingQueue<>();
  final Set<MachineId> removed = ConcurrentHashMap.newKeySet();
  final Set<MachineId> unreachable = ConcurrentHashMap.newKeySet();
  final Faults removing = new Faults();
  final Faults adopting = new Faults();
  volatile boolean full;

  /** Where machines are kept that are paused. */
  volatile BiConsumer<MachineId, PauseSeal> keeper = (machine, seal) -> {};

  /** The templates of which every clone fails. */
  final Set<String> broken = ConcurrentHashMap.newKeySet();

  /** With what the guests of new clones refuse their identity, if they do. */
  volatile Optional<ErrorCode> identityRefusal = Optional.empty();

  /** Is told of each clone before it exists. */
  volatile Consumer<MachineId> onClone = id -> {};

  @Override
  public MachinePlatform platform() {
    return PLATFORM;
  }

  @Override
  public Machine clone(MachineId id, GoldenSnapshot golden) {
    if (full) {
      throw new OmniRunException(ErrorCode.CAPACITY_EXHAUSTED, "as told");
    }
    if (broken.contains(golden.template())) {
      throw new OmniRunException(ErrorCode.MACHINE_FAILED, "as told");
    }
    onClone.accept(id);
    FakeMachine machine = new FakeMachine(id);
    machine.identityRefusal = identityRefusal;
    add(machine);
    return machine;
  }

  void add(FakeMachine machine) {
    machine.keeper = keeper;
    machines.put(machine.id(), machine);
    made.add(machine);
  }

  @Override
  public Machine adopt(MachineId id, String accessToken) {
    FakeMachine machine = machines.get(id);
    if (machine == null || unreachable.contains(id)) {
      throw new OmniRunException(ErrorCode.MACHINE_FAILED, "as told");
    }
    return adopting.call(() -> machine);
  }

  @Override
  public Set<MachineId> found() {
    return Set.copyOf(machines.keySet());
  }

  @Override
  public Set<MachineId> living() {
    return Set.copyOf(machines.keySet());
  }

  @Override
  public void remove(MachineId id) {
    removing.call(() -> removed.add(id));
    machines.remove(id);
  }
}
