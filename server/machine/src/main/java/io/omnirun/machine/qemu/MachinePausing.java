package io.omnirun.machine.qemu;

import io.omnirun.core.ports.PauseSeal;
import io.omnirun.machine.HostCapacity;
import io.omnirun.machine.HostCapacity.DiskReservation;
import io.omnirun.machine.disk.SparseStream;
import io.omnirun.machine.seal.DataKey;
import io.omnirun.machine.seal.SealedOutput;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import io.omnirun.shelf.DurableFiles;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
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
   * What a machine must be like that is made of the files.
   *
   * @throws OmniRunException PAUSED_STATE_INCOMPATIBLE
   */
  MachineShape shape(MachineDirectory directory) {
    try {
      return MachineShape.load(directory.shape());
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.PAUSED_STATE_INCOMPATIBLE,
          "this sandbox was started by another version of OmniRun and cannot be paused; it runs on",
          e);
    }
  }

  /**
   * Puts the space aside that a machine's files may take, while it runs yet.
   *
   * @throws OmniRunException NO_SPACE
   */
  DiskReservation reserve(MachineDirectory directory, MachineShape shape) throws IOException {
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
              "disk-writer", () -> writeOthers(directory, shape, staging, key, seal));
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

  /** Writes disk and key, and returns when they are on disk. */
  private static void writeOthers(
      MachineDirectory directory,
      MachineShape shape,
      PausedDirectory staging,
      DataKey key,
      PauseSeal seal)
      throws IOException {
    Files.write(staging.key(), key.wrap(seal));
    try (SealedOutput sealed = SealedOutput.create(staging.disk(), key);
        DataOutputStream data = new DataOutputStream(sealed)) {
      shape.write(data);
      SparseStream.write(directory.disk(), data);
      sealed.finish();
    }
    DurableFiles.sync(staging.key());
  }

  /** Removes what was written of a machine that runs on: it must be gone before it does. */
  void discard(MachineDirectory directory) {
    shelf.discard(new MachineId(directory.name()));
  }
}
