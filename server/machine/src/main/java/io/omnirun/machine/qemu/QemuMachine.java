package io.omnirun.machine.qemu;

import io.omnirun.core.ports.Guest;
import io.omnirun.core.ports.Machine;
import io.omnirun.machine.Cleanup;
import io.omnirun.machine.launcher.LauncherClient;
import io.omnirun.model.MachineId;
import java.util.concurrent.CompletableFuture;

/** A guest in a QEMU process that the launcher started. */
final class QemuMachine implements Machine {
  private final MachineId id;
  private final MachineDirectory directory;
  private final LauncherClient launcher;
  private final QmpClient qmp;
  private final GuestConnection connection;
  private final VmmExits exits;
  private final CompletableFuture<String> ended;

  QemuMachine(
      MachineId id,
      MachineDirectory directory,
      LauncherClient launcher,
      QmpClient qmp,
      GuestConnection connection,
      VmmExits exits) {
    this.id = id;
    this.directory = directory;
    this.launcher = launcher;
    this.qmp = qmp;
    this.connection = connection;
    this.exits = exits;
    this.ended = qmp.ended().thenCompose(gone -> exits.reason(id.value()));
  }

  @Override
  public MachineId id() {
    return id;
  }

  @Override
  public Guest guest() {
    return connection.guest();
  }

  @Override
  public CompletableFuture<String> ended() {
    return ended;
  }

  @Override
  public void pauseVcpus() {
    qmp.stop();
  }

  @Override
  public void resumeVcpus() {
    qmp.resume();
  }

  /**
   * Each step finds its work done or does it, and none is left out because another failed: a second
   * call does again whatever the first could not.
   */
  @Override
  public void close() {
    Cleanup cleanup = new Cleanup();
    cleanup.add(() -> exits.forget(id.value()));
    cleanup.add(directory::delete);
    cleanup.add(qmp::close);
    cleanup.add(connection::close);
    cleanup.add(() -> launcher.kill(id.value()));
    cleanup.runAll();
  }
}
