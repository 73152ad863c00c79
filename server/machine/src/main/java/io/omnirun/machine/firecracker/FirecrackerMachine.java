package io.omnirun.machine.firecracker;

import io.omnirun.core.ports.Guest;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.PauseSeal;
import io.omnirun.machine.Cleanup;
import io.omnirun.machine.GuestConnection;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.util.concurrent.CompletableFuture;

/** A guest in a Firecracker process. */
final class FirecrackerMachine implements Machine {
  private final FirecrackerDirectory directory;
  private final Vmms vmms;
  private final RunningVmm vmm;
  private final GuestConnection connection;

  FirecrackerMachine(
      FirecrackerDirectory directory, Vmms vmms, RunningVmm vmm, GuestConnection connection) {
    this.directory = directory;
    this.vmms = vmms;
    this.vmm = vmm;
    this.connection = connection;
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

  /** Refuses: what Firecracker writes is not encrypted yet, and nothing else may be kept. */
  @Override
  public void pause(PauseSeal seal) {
    throw new OmniRunException(
        ErrorCode.PAUSED_STATE_INCOMPATIBLE,
        "sandboxes under Firecracker cannot be paused to disk in this version; it runs on");
  }

  /** A pause disturbs nothing. */
  @Override
  public void runOn() {}

  @Override
  public void close() {
    Cleanup cleanup = new Cleanup();
    cleanup.add(directory::delete);
    cleanup.add(connection::close);
    cleanup.add(() -> vmms.kill(id()));
    cleanup.runAll();
  }
}
