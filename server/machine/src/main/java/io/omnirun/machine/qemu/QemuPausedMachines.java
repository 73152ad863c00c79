package io.omnirun.machine.qemu;

import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.PauseSeal;
import io.omnirun.core.ports.PausedMachines;
import io.omnirun.machine.disk.SparseStream;
import io.omnirun.machine.seal.DamagedException;
import io.omnirun.machine.seal.DataKey;
import io.omnirun.machine.seal.SealedInput;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;

/** Paused machines as encrypted files, and how they go on. Thread-safe. */
final class QemuPausedMachines implements PausedMachines {
  private final PausedShelf shelf;
  private final QemuDriver driver;

  QemuPausedMachines(PausedShelf shelf, QemuDriver driver) {
    this.shelf = shelf;
    this.driver = driver;
  }

  @Override
  public Machine resume(MachineId paused, MachineId id, String accessToken, PauseSeal seal) {
    try {
      PausedDirectory files = shelf.directory(paused);
      DataKey key = DataKey.unwrap(Files.readAllBytes(files.key()), seal);
      try (DataInputStream disk = new DataInputStream(SealedInput.open(files.disk(), key))) {
        MachineShape shape = MachineShape.read(disk);
        QemuDriver.Restoration restoration =
            new QemuDriver.Restoration(
                id, shape, new StoredDisk(disk), () -> SealedInput.open(files.ram(), key));
        return driver.restore(restoration, accessToken);
      }
    } catch (DamagedException | NoSuchFileException e) {
      throw damaged(e);
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.NO_SPACE, "the paused sandbox could not be read back on this server", e);
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

  static OmniRunException damaged(Throwable cause) {
    return new OmniRunException(
        ErrorCode.PAUSED_STATE_DAMAGED,
        "what was kept of the paused sandbox is damaged: it cannot be resumed",
        cause);
  }

  @Override
  public Set<MachineId> all() {
    return shelf.list();
  }

  @Override
  public void delete(MachineId paused) {
    shelf.discard(paused);
  }
}
