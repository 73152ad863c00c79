package io.omnirun.machine.firecracker;

import io.omnirun.model.MachineId;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * VMMs that may map memory of the room: it is theirs until they are known to be gone, also where
 * ending one fails. Thread-safe.
 */
record MappingVmms(Vmms vmms, MemoryRoom memory) implements Vmms {
  @Override
  public CompletableFuture<String> start(VmmStart wanted) {
    return vmms.start(wanted);
  }

  @Override
  public CompletableFuture<String> ended(MachineId machine) {
    return vmms.ended(machine);
  }

  @Override
  public void kill(MachineId machine) {
    vmms.kill(machine);
    memory.forget(machine);
  }

  @Override
  public Set<MachineId> living() {
    return vmms.living();
  }
}
