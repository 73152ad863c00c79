package io.omnirun.machine.firecracker;

import io.omnirun.core.ports.Guest;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.PauseSeal;
import io.omnirun.machine.Cleanup;
import io.omnirun.machine.GuestConnection;
import io.omnirun.machine.HostCapacity.Reservation;
import io.omnirun.machine.pausing.MachineShape;
import io.omnirun.machine.pausing.PausedFiles;
import io.omnirun.machine.pausing.StateTransfers;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** A guest in a Firecracker process. */
final class FirecrackerMachine implements Machine {
  private final FirecrackerDirectory directory;
  private final MemoryRoom memory;
  private final Vmms vmms;
  private final RunningVmm vmm;
  private final FirecrackerPausing pausing;
  private volatile GuestConnection connection;

  /** Whether a pause has done something that is to be taken back. */
  private volatile boolean disturbed;

  FirecrackerMachine(
      FirecrackerDirectory directory,
      MemoryRoom memory,
      Vmms vmms,
      RunningVmm vmm,
      GuestConnection connection,
      FirecrackerPausing pausing) {
    this.directory = directory;
    this.memory = memory;
    this.vmms = vmms;
    this.vmm = vmm;
    this.connection = connection;
    this.pausing = pausing;
  }

  @Override
  public MachineId id() {
    return directory.machine();
  }

  @Override
  public Guest guest() {
    return connection.guest();
  }

  @Override
  public CompletableFuture<String> ended() {
    return vmm.ended();
  }

  @Override
  public void pauseVcpus() {
    vmm.api().patch("/vm", ApiBodies.VmState.PAUSED);
  }

  @Override
  public void resumeVcpus() {
    vmm.api().patch("/vm", ApiBodies.VmState.RESUMED);
  }

  @Override
  public void pause(PauseSeal seal) {
    MachineShape shape = PausedFiles.shapeOfRunning(directory.shape());
    try (Reservation space = pausing.reserveDisk(directory, shape)) {
      disturbed = true;
      // A snapshot kills what is open on vsock without a word, in this machine, too.
      connection.leave();
      // Not before: a guest that hangs needs not hold up others; nor does one that waits for its
      // turn, which has no use for room yet.
      try (StateTransfers.Place turn = pausing.enter();
          Reservation memory = pausing.reserveMemory(shape);
          MemoryRoom.Reservation room = pausing.reserveRoom(id(), shape)) {
        pauseVcpus();
        pausing.save(directory, shape, vmm.api(), seal);
      }
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.NO_SPACE,
          "the sandbox could not be written to this server's disk; it runs on",
          e);
    }
  }

  @Override
  public synchronized void runOn() {
    if (!disturbed) {
      return;
    }
    // Whoever sees the files takes them for the truth: they must be gone before anything runs.
    pausing.discard(id());
    memory.of(id()).clear();
    resumeVcpus();
    connection = connection.reopened(vmm.ended());
    disturbed = false;
  }

  /**
   * Each step finds its work done or does it, and none is left out because another failed: a second
   * call does again whatever the first could not.
   */
  @Override
  public void close() {
    Cleanup cleanup = new Cleanup();
    cleanup.add(directory::delete);
    cleanup.add(memory.of(id())::delete);
    cleanup.add(connection::close);
    cleanup.add(() -> vmms.kill(id()));
    cleanup.runAll();
  }
}
