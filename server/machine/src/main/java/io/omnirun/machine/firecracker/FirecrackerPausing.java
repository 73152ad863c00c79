package io.omnirun.machine.firecracker;

import io.omnirun.core.ports.PauseSeal;
import io.omnirun.machine.HostCapacity;
import io.omnirun.machine.HostCapacity.Reservation;
import io.omnirun.machine.disk.SparseStream;
import io.omnirun.machine.pausing.BackgroundWork;
import io.omnirun.machine.pausing.MachineShape;
import io.omnirun.machine.pausing.PausedDirectory;
import io.omnirun.machine.pausing.PausedFiles;
import io.omnirun.machine.pausing.PausedShelf;
import io.omnirun.machine.pausing.StateTransfers;
import io.omnirun.machine.seal.DataKey;
import io.omnirun.machine.seal.SealedOutput;
import io.omnirun.model.MachineId;
import java.io.DataOutputStream;
import java.io.IOException;

/** Writes machines that stand still to encrypted files. Thread-safe. */
final class FirecrackerPausing {
  private static final long BYTES_PER_MIB = 1024L * 1024;

  /** Device state, which is bounded by ten megabytes, and what encryption adds. */
  private static final long EXTRA_BYTES = 16 * BYTES_PER_MIB;

  private final MemoryRoom memory;
  private final PausedShelf shelf;
  private final HostCapacity capacity;
  private final StateTransfers transfers;

  FirecrackerPausing(
      MemoryRoom memory, PausedShelf shelf, HostCapacity capacity, StateTransfers transfers) {
    this.memory = memory;
    this.shelf = shelf;
    this.capacity = capacity;
    this.transfers = transfers;
  }

  /**
   * Puts the host's memory aside for the copy that the VMM makes of a machine's.
   *
   * @throws io.omnirun.model.OmniRunException CAPACITY_EXHAUSTED
   */
  Reservation reserveMemory(MachineShape shape) {
    return capacity.reserveMemory(shape.size().memoryMib());
  }

  /**
   * Puts the room aside that the copy takes in the directory of memory, while the machine runs yet.
   *
   * @throws io.omnirun.model.OmniRunException CAPACITY_EXHAUSTED
   */
  MemoryRoom.Reservation reserveRoom(MachineId machine, MachineShape shape) {
    return memory.reserve(machine, shape.size().memoryMib());
  }

  /**
   * Puts the space aside that a machine's files may take, while it runs yet.
   *
   * @throws io.omnirun.model.OmniRunException NO_SPACE
   */
  Reservation reserveDisk(FirecrackerDirectory directory, MachineShape shape) throws IOException {
    return capacity.reserveDisk(
        shape.size().memoryMib() * BYTES_PER_MIB
            + EXTRA_BYTES
            + SparseStream.allocatedBytes(directory.disk()));
  }

  /**
   * Waits for a turn.
   *
   * @throws io.omnirun.model.OmniRunException CAPACITY_EXHAUSTED
   */
  StateTransfers.Place enter() {
    return transfers.enter();
  }

  /** Writes a machine whose vCPUs stand still. When this returns, all is on disk and in place. */
  void save(FirecrackerDirectory directory, MachineShape shape, FirecrackerApi api, PauseSeal seal)
      throws IOException {
    DataKey key = DataKey.random(seal);
    PausedDirectory staging = shelf.stage(directory.machine());
    // Nobody writes to the disk any more, so it needs not wait for the memory.
    BackgroundWork disk =
        BackgroundWork.start(
            "disk-writer",
            () -> PausedFiles.writeDisk(staging, shape, directory.disk(), key, seal));
    try {
      saveMemory(directory.machine(), api, staging, key);
      disk.join();
    } finally {
      // What fails is cleaned up: nobody may write any more then.
      disk.cancel();
    }
    shelf.publish(staging, directory.machine());
  }

  private void saveMemory(
      MachineId machine, FirecrackerApi api, PausedDirectory staging, DataKey key)
      throws IOException {
    MemoryDirectory plain = memory.of(machine);
    try (SealedOutput sealed = SealedOutput.create(staging.ram(), key);
        DataOutputStream target = new DataOutputStream(sealed)) {
      plain.letVmmWrite();
      api.put(
          "/snapshot/create",
          ApiBodies.SnapshotCreate.full(FirecrackerDirectory.STATE, FirecrackerDirectory.MEMORY),
          FirecrackerApi.SNAPSHOT);
      SparseStream.write(plain.state(), target);
      SparseStream.write(plain.memory(), target);
      sealed.finish();
    } finally {
      plain.clear();
    }
  }

  /** Removes what was written of a machine that runs on: it must be gone before it does. */
  void discard(MachineId machine) {
    shelf.discard(machine);
  }
}
