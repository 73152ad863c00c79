package io.omnirun.machine.qemu;

import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.PauseSeal;
import io.omnirun.core.ports.PausedMachines;
import io.omnirun.machine.HostCapacity;
import io.omnirun.machine.HostCapacity.DiskReservation;
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
    DataKey key = key(files, seal);
    try (StateTransfers.Place turn = transfers.enter();
        SealedInput ram = open(files.ram(), key);
        SealedInput disk = open(files.disk(), key);
        DiskReservation space = capacity.reserveDisk(Files.size(files.disk()));
        DataInputStream data = new DataInputStream(disk)) {
      return driver.restore(
          new QemuDriver.Restoration(id, shape(data), new StoredDisk(data), ram, turn),
          accessToken);
    } catch (DamagedException e) {
      throw new OmniRunException(
          ErrorCode.PAUSED_STATE_DAMAGED,
          "what was kept of the paused sandbox is damaged: it cannot be resumed unless its files are"
              + " brought back",
          e);
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.NO_SPACE, "the paused sandbox could not be read back on this server", e);
    }
  }

  private static DataKey key(PausedDirectory files, PauseSeal seal) {
    byte[] envelope;
    try {
      envelope = Files.readAllBytes(files.key());
    } catch (IOException e) {
      throw unreadable(e);
    }
    try {
      return DataKey.unwrap(envelope, seal);
    } catch (DamagedException e) {
      throw new OmniRunException(
          ErrorCode.PAUSED_STATE_UNREADABLE,
          "the key of the paused sandbox does not open: it was changed, or this server has another"
              + " node.secret than the one that it was paused under",
          e);
    }
  }

  private static SealedInput open(Path file, DataKey key) {
    try {
      return SealedInput.open(file, key);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private static OmniRunException unreadable(IOException cause) {
    return new OmniRunException(
        ErrorCode.PAUSED_STATE_UNREADABLE,
        "files of the paused sandbox are missing on this server or cannot be read",
        cause);
  }

  private static MachineShape shape(DataInputStream disk) throws DamagedException {
    try {
      return MachineShape.read(disk);
    } catch (DamagedException e) {
      throw e;
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.PAUSED_STATE_INCOMPATIBLE,
          "the sandbox was paused by another version of OmniRun, which its operator must bring back",
          e);
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
