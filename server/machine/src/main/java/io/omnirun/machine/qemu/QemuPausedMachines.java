package io.omnirun.machine.qemu;

import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.PauseSeal;
import io.omnirun.core.ports.PausedMachines;
import io.omnirun.machine.HostCapacity;
import io.omnirun.machine.HostCapacity.Reservation;
import io.omnirun.machine.disk.SparseStream;
import io.omnirun.machine.pausing.PausedDirectory;
import io.omnirun.machine.pausing.PausedFiles;
import io.omnirun.machine.pausing.PausedShelf;
import io.omnirun.machine.pausing.StateTransfers;
import io.omnirun.machine.seal.DataKey;
import io.omnirun.machine.seal.SealedInput;
import io.omnirun.model.MachineId;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** Paused machines as encrypted files, and how they go on. Thread-safe. */
final class QemuPausedMachines implements PausedMachines {
  private final PausedShelf shelf;
  private final QemuDriver driver;
  private final HostCapacity capacity;
  private final StateTransfers transfers;

  QemuPausedMachines(
      PausedShelf shelf, QemuDriver driver, HostCapacity capacity, StateTransfers transfers) {
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
        SealedInput ram = PausedFiles.open(files.ram(), key);
        SealedInput disk = PausedFiles.open(files.disk(), key);
        Reservation space = capacity.reserveDisk(Files.size(files.disk()));
        DataInputStream data = new DataInputStream(disk)) {
      return driver.restore(
          new QemuDriver.Restoration(id, PausedFiles.shape(data), new StoredDisk(data), ram, turn),
          accessToken);
    } catch (IOException e) {
      throw PausedFiles.failure(e);
    }
  }

  /** A disk in a file of which the shape was read already. */
  private record StoredDisk(DataInputStream file) implements QemuDriver.Restoration.Disk {
    @Override
    public void create(Path target) throws IOException {
      SparseStream.create(file, target);
    }

    @Override
    public void fill(Path target) throws IOException {
      SparseStream.fill(file, target);
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
