package io.omnirun.machine.qemu;

import io.omnirun.core.ports.Guest;
import io.omnirun.core.ports.HostLinks;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.PauseSeal;
import io.omnirun.machine.Cleanup;
import io.omnirun.machine.GuestConnection;
import io.omnirun.machine.HostCapacity.Reservation;
import io.omnirun.machine.launcher.LauncherClient;
import io.omnirun.machine.launcher.VmmExits;
import io.omnirun.machine.pausing.MachineShape;
import io.omnirun.machine.pausing.PausedFiles;
import io.omnirun.machine.pausing.StateTransfers;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A guest in a QEMU process that the launcher started. */
final class QemuMachine implements Machine {
  private final MachineId id;
  private final MachineDirectory directory;
  private final LauncherClient launcher;
  private final QmpClient qmp;
  private final VmmExits exits;
  private final MachinePausing pausing;
  private final Optional<HostLinks.Link> foreseenLink;
  private final CompletableFuture<String> ended;
  private volatile GuestConnection connection;

  /** Whether a pause has done something that is to be taken back. */
  private volatile boolean disturbed;

  QemuMachine(
      MachineDirectory directory,
      LauncherClient launcher,
      QmpClient qmp,
      GuestConnection connection,
      VmmExits exits,
      MachinePausing pausing,
      Optional<HostLinks.Link> foreseenLink) {
    this.id = new MachineId(directory.name());
    this.directory = directory;
    this.launcher = launcher;
    this.qmp = qmp;
    this.connection = connection;
    this.exits = exits;
    this.pausing = pausing;
    this.foreseenLink = foreseenLink;
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
  public Optional<HostLinks.Link> foreseenLink() {
    return foreseenLink;
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

  @Override
  public void pause(PauseSeal seal) {
    MachineShape shape = PausedFiles.shapeOfRunning(directory.shape());
    try (Reservation space = pausing.reserve(directory, shape)) {
      disturbed = true;
      connection.leave();
      // Not before: a guest that hangs needs not hold up others.
      try (StateTransfers.Place turn = pausing.enter()) {
        qmp.stop();
        pausing.save(directory, shape, qmp, seal);
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
    pausing.discard(directory);
    qmp.resume();
    connection = connection.reopened(qmp.ended());
    disturbed = false;
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
