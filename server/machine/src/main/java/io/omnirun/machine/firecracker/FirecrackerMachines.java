package io.omnirun.machine.firecracker;

import io.omnirun.core.ports.MachineDriver;
import io.omnirun.core.ports.PausedMachines;
import io.omnirun.machine.GuestResources;
import io.omnirun.machine.pausing.PausedShelf;
import io.omnirun.machine.pausing.StateTransfers;
import java.nio.file.Path;

/** A driver, and the machines that it has paused. */
public record FirecrackerMachines(MachineDriver driver, PausedMachines paused) {
  /**
   * @param pausedDir one directory per paused machine; exists, and one server has it at a time
   * @param reason how it came to this VMM, for people
   * @throws io.omnirun.model.OmniRunException CONFIGURATION_INVALID if memory would reach a disk
   */
  public static FirecrackerMachines of(
      FirecrackerSettings settings,
      Vmms vmms,
      GuestResources guests,
      Path pausedDir,
      String reason) {
    MemoryDirectory.requireVolatile(settings.memory().directory());
    PausedShelf shelf = new PausedShelf(pausedDir);
    shelf.sweep();
    StateTransfers transfers = new StateTransfers();
    FirecrackerPausing pausing =
        new FirecrackerPausing(settings.memory(), shelf, settings.capacity(), transfers);
    FirecrackerDriver driver = new FirecrackerDriver(settings, vmms, guests, pausing, reason);
    return new FirecrackerMachines(
        driver, new FirecrackerPausedMachines(shelf, driver, settings.capacity(), transfers));
  }
}
