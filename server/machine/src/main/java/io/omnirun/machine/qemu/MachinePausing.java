package io.omnirun.machine.qemu;

import io.omnirun.core.ports.PauseSeal;
import io.omnirun.machine.HostCapacity;
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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Writes machines that stand still to encrypted files. Thread-safe. */
final class MachinePausing {
  private static final long BYTES_PER_MIB = 1024L * 1024;

  private final PausedShelf shelf;
  private final HostCapacity capacity;

  MachinePausing(PausedShelf shelf, HostCapacity capacity) {
    this.shelf = shelf;
    this.capacity = capacity;
  }

  /**
   * Finds out whether a machine can be written, while it runs yet.
   *
   * @return its shape
   */
  MachineShape check(MachineDirectory directory) {
    try {
      MachineShape shape = MachineShape.load(directory.shape());
      long ram = StateReceiver.maxBytes(ramBytes(shape));
      capacity.checkDisk(ram + SparseStream.allocatedBytes(directory.disk()));
      return shape;
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.PAUSED_STATE_INCOMPATIBLE,
          "this sandbox was started by another version of OmniRun and cannot be paused; it runs on",
          e);
    }
  }

  private static long ramBytes(MachineShape shape) {
    return shape.size().memoryMib() * BYTES_PER_MIB;
  }

  /** Writes a machine whose vCPUs stand still. When this returns, all is on disk and in place. */
  void save(MachineDirectory directory, MachineShape shape, QmpClient qmp, PauseSeal seal)
      throws IOException {
    MachineId machine = new MachineId(directory.name());
    DataKey key = DataKey.random(seal);
    PausedDirectory staging = shelf.stage(machine);
    try (SealedOutput ram = SealedOutput.create(staging.ram(), key);
        StateReceiver receiver = StateReceiver.listen(directory.stateSocket())) {
      CompletableFuture<Void> received = receiver.receiveInto(ram, ramBytes(shape));
      // Nobody writes to the disk any more, so it needs not wait for the RAM.
      CompletableFuture<Void> written =
          inBackground(() -> writeOthers(directory, shape, staging, key, seal));
      try {
        saveRam(qmp, shape, received);
        join(received);
      } finally {
        // What fails is cleaned up: nobody may write any more then.
        written.exceptionally(failure -> null).join();
      }
      join(written);
    }
    shelf.publish(staging, machine);
  }

  /** What went wrong at our end says more than that the transfer failed. */
  private static void saveRam(QmpClient qmp, MachineShape shape, CompletableFuture<Void> received)
      throws IOException {
    try {
      qmp.saveAll(MachineDirectory.STATE_SOCKET_IN_JAIL, shape.size().memoryMib());
    } catch (OmniRunException e) {
      if (received.isCompletedExceptionally()) {
        join(received);
      }
      throw e;
    }
  }

  private static void join(CompletableFuture<Void> received) throws IOException {
    try {
      received.join();
    } catch (CompletionException e) {
      throw new IOException("the state of the machine was not written", e.getCause());
    }
  }

  private interface Writing {
    void run() throws IOException;
  }

  private static CompletableFuture<Void> inBackground(Writing writing) {
    CompletableFuture<Void> written = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .name("disk-writer")
        .start(
            () -> {
              try {
                writing.run();
                written.complete(null);
              } catch (IOException | RuntimeException e) {
                written.completeExceptionally(e);
              }
            });
    return written;
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
