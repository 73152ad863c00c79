package io.omnirun.core;

import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.PauseSeal;
import io.omnirun.core.ports.PausedMachines;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Paused machines that are only remembered, beside the machines of a driver. */
final class FakePausedMachines implements PausedMachines {
  final Map<MachineId, PauseSeal> seals = new ConcurrentHashMap<>();
  final Set<MachineId> incomplete = ConcurrentHashMap.newKeySet();
  final Faults deleting = new Faults();
  private final FakeMachineDriver driver;

  /** Is run in the midst of each resume. */
  volatile Runnable onResume = () -> {};

  /** With what each resume fails, if it does. */
  volatile Optional<ErrorCode> failure = Optional.empty();

  FakePausedMachines(FakeMachineDriver driver) {
    this.driver = driver;
    driver.keeper = seals::put;
  }

  @Override
  public Machine resume(MachineId paused, MachineId id, String accessToken, PauseSeal seal) {
    onResume.run();
    failure.ifPresent(
        code -> {
          throw new OmniRunException(code, "as told");
        });
    if (!seals.containsKey(paused)) {
      throw new OmniRunException(ErrorCode.PAUSED_STATE_DAMAGED, "there is none");
    }
    FakeMachine machine = new FakeMachine(id);
    driver.add(machine);
    return machine;
  }

  @Override
  public Set<MachineId> found() {
    Set<MachineId> found = new HashSet<>(seals.keySet());
    found.addAll(incomplete);
    return found;
  }

  @Override
  public Set<MachineId> whole() {
    return Set.copyOf(seals.keySet());
  }

  @Override
  public void delete(MachineId paused) {
    deleting.call(() -> seals.remove(paused) != null | incomplete.remove(paused));
  }
}
