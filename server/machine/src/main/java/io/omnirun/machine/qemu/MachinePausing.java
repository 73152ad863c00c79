package io.omnirun.machine.qemu;

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
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.time.Duration;

/** Writes machines that stand still to encrypted files. Thread-safe. */
final class MachinePausing {
  private static final long BYTES_PER_MIB = 1024L * 1024;

  /** Who reads from a VMM that has broken off knows it at once. */
  private static final Duration REASON_PATIENCE = Duration.ofSeconds(5);

  private final PausedShelf shelf;
  private final HostCapacity capacity;
  private final StateTransfers transfers;

  MachinePausing(PausedShelf shelf, HostCapacity capacity, StateTransfers transfers) {
    this.shelf = shelf;
    this.capacity = capacity;
    this.transfers = transfers;
  }

  /**
   * Puts the space aside that a machine's files may take, while it runs yet.
   *
   * @throws OmniRunException NO_SPACE
   */
  Reservation reserve(MachineDirectory directory, MachineShape shape) throws IOException {
    long ram = StateReceiver.maxBytes(ramBytes(shape));
    return capacity.reserveDisk(ram + SparseStream.allocatedBytes(directory.disk()));
  }

  private static long ramBytes(MachineShape shape) {
    return shape.size().memoryMib() * BYTES_PER_MIB;
  }

  /**
   * Waits for a turn.
   *
   * @throws OmniRunException CAPACITY_EXHAUSTED
   */
  StateTransfers.Place enter() {
    return transfers.enter();
  }

  /** Writes a machine whose vCPUs stand still. When this returns, all is on disk and in place. */
  void save(MachineDirectory directory, MachineShape shape, QmpClient qmp, PauseSeal seal)
      throws IOException {
    MachineId machine = new MachineId(directory.name());
    DataKey key = DataKey.random(seal);
    PausedDirectory staging = shelf.stage(machine);
    try (SealedOutput ram = SealedOutput.create(staging.ram(), key);
        StateReceiver receiver = StateReceiver.listen(directory.stateSocket())) {
      // Nobody writes to the disk any more, so it needs not wait for the RAM.
      BackgroundWork others =
          BackgroundWork.start(
              "disk-writer",
              () -> PausedFiles.writeDisk(staging, shape, directory.disk(), key, seal));
      try {
        saveRam(qmp, shape, receiver.receiveInto(ram, ramBytes(shape)), others);
        others.join();
      } finally {
        // What fails is cleaned up: nobody may write any more then.
        others.cancel();
      }
    }
    shelf.publish(staging, machine);
  }

  /** One that fails breaks off the other: all of it is in vain then. */
  private static void saveRam(
      QmpClient qmp, MachineShape shape, BackgroundWork ram, BackgroundWork others)
      throws IOException {
    others.onFailure(ram::interrupt);
    try {
      qmp.saveAll(
          MachineDirectory.STATE_SOCKET_IN_JAIL,
          QmpClient.transferTimeout(shape.size().memoryMib()));
    } catch (OmniRunException e) {
      throw reason(e, ram, others);
    }
    ram.join();
  }

  /** What went wrong at our end says more than that the transfer failed. */
  private static OmniRunException reason(
      OmniRunException failure, BackgroundWork ram, BackgroundWork others) throws IOException {
    if (others.failureWithin(Duration.ZERO).isPresent()) {
      others.join();
    }
    if (ram.failureWithin(REASON_PATIENCE).isPresent()) {
      ram.join();
    }
    return failure;
  }

  /** Removes what was written of a machine that runs on: it must be gone before it does. */
  void discard(MachineDirectory directory) {
    shelf.discard(new MachineId(directory.name()));
  }
}
