package io.omnirun.machine.firecracker;

import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.PauseSeal;
import io.omnirun.core.ports.PausedMachines;
import io.omnirun.machine.HostCapacity;
import io.omnirun.machine.HostCapacity.Reservation;
import io.omnirun.machine.pausing.PausedDirectory;
import io.omnirun.machine.pausing.PausedFiles;
import io.omnirun.machine.pausing.PausedShelf;
import io.omnirun.machine.pausing.StateTransfers;
import io.omnirun.machine.seal.DataKey;
import io.omnirun.model.MachineId;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Set;

/** Paused machines as encrypted files, and how they go on. Thread-safe. */
final class FirecrackerPausedMachines implements PausedMachines {
  private final PausedShelf shelf;
  private final FirecrackerDriver driver;
  private final HostCapacity capacity;
  private final StateTransfers transfers;

  FirecrackerPausedMachines(
      PausedShelf shelf,
      FirecrackerDriver driver,
      HostCapacity capacity,
      StateTransfers transfers) {
    this.shelf = shelf;
    this.driver = driver;
    this.capacity = capacity;
    this.transfers = transfers;
  }

  @Override
  public Machine resume(MachineId paused, MachineId id, String accessToken, PauseSeal seal) {
    PausedDirectory files = shelf.directory(paused);
    DataKey key = PausedFiles.key(files, seal);
    try (StateTransfers.Place turn = transfers.enter();
        DataInputStream memory = new DataInputStream(PausedFiles.open(files.ram(), key));
        DataInputStream disk = new DataInputStream(PausedFiles.open(files.disk(), key));
        Reservation space = capacity.reserveDisk(Files.size(files.disk()))) {
      return driver.restore(
          new FirecrackerDriver.Restoration(id, PausedFiles.shape(disk), disk, memory, turn),
          accessToken);
    } catch (IOException e) {
      throw PausedFiles.failure(e);
    }
  }

  @Override
  public Set<MachineId> found() {
    return shelf.list();
  }

  @Override
  public Set<MachineId> whole() {
    return shelf.whole();
  }

  @Override
  public void delete(MachineId paused) {
    shelf.discard(paused);
  }
}
