package io.omnirun.machine.qemu;

import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.HostLinks;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.core.ports.MachinePlatform;
import io.omnirun.machine.Cleanup;
import io.omnirun.machine.GuestConnection;
import io.omnirun.machine.GuestResources;
import io.omnirun.machine.MachineDirectories;
import io.omnirun.machine.launcher.CloneSpec;
import io.omnirun.machine.launcher.HostInfo;
import io.omnirun.machine.launcher.LauncherClient;
import io.omnirun.machine.launcher.ResumeSpec;
import io.omnirun.machine.launcher.VmmExits;
import io.omnirun.machine.pausing.BackgroundWork;
import io.omnirun.machine.pausing.MachineShape;
import io.omnirun.machine.pausing.StateTransfers;
import io.omnirun.machine.seal.DamagedException;
import io.omnirun.machine.seal.SealedInput;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.MachineKind;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Vmm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** Machines of QEMU, under TCG or KVM. Thread-safe. */
public final class QemuDriver implements MachineDriver {
  /** A sender whose VMM has all or is gone ends at once. */
  private static final Duration SENDER_PATIENCE = Duration.ofSeconds(5);

  private final QemuSettings settings;
  private final LauncherClient launcher;
  private final VmmExits exits;
  private final GuestResources guests;
  private final HeldGoldens goldens;
  private final HostInfo host;
  private final MachinePausing pausing;

  /**
   * What a paused machine is made from again.
   *
   * @param state its RAM and device state
   * @param turn is given back when all is loaded
   */
  record Restoration(
      MachineId id, MachineShape shape, Disk disk, SealedInput state, StateTransfers.Place turn) {
    /** Used by one thread after the other. */
    interface Disk {
      /** Makes the file where none is yet, of the right size. */
      void create(Path target) throws IOException;

      /** Writes what is on it. */
      void fill(Path target) throws IOException;
    }
  }

  QemuDriver(
      QemuSettings settings,
      LauncherClient launcher,
      VmmExits exits,
      GuestResources guests,
      HeldGoldens goldens,
      HostInfo host,
      MachinePausing pausing) {
    this.settings = settings;
    this.launcher = launcher;
    this.exits = exits;
    this.guests = guests;
    this.goldens = goldens;
    this.host = host;
    this.pausing = pausing;
  }

  @Override
  public MachinePlatform platform() {
    return new MachinePlatform(
        new MachineKind(Vmm.QEMU, settings.accelerator()),
        host.qemuVersion(),
        settings.choice().reason());
  }

  @Override
  public Machine clone(MachineId id, GoldenSnapshot golden) {
    settings.capacity().check(VmmLimits.worstCaseMib(golden.size()));
    MachineDirectory directory = MachineDirectory.of(settings.machinesDir(), id);
    HeldGoldens.Held held = goldens.hold(golden);
    Cleanup cleanup = new Cleanup();
    try {
      cleanup.add(directory::delete);
      directory.create();
      held.copyDisk(directory.disk());
      new MachineShape(host.vmm(), settings.accelerator().text(), held.image(), golden.size())
          .save(directory.shape());
      cleanup.add(() -> launcher.kill(id.value()));
      exits.watch(id.value());
      cleanup.add(() -> exits.forget(id.value()));
      LauncherClient.Started started =
          goldens.retryWhenLost(golden, () -> launcher.clone(cloneSpec(id, golden, held)));
      QmpClient qmp = connectMonitor(directory, cleanup);
      qmp.loadState(started.stateFd());
      qmp.resume();
      return machine(
          directory,
          qmp,
          GuestConnection.toClone(guests, directory.guestPath(), qmp.ended()),
          started.foreseenLink());
    } catch (IOException e) {
      throw cleanup.runAfter(
          new OmniRunException(
              ErrorCode.NO_SPACE, "the machine's disk could not be made on this server", e));
    } catch (RuntimeException e) {
      throw cleanup.runAfter(e);
    }
  }

  private CloneSpec cloneSpec(MachineId id, GoldenSnapshot golden, HeldGoldens.Held held) {
    return new CloneSpec(
        id.value(),
        settings.accelerator().text(),
        golden.hash(),
        golden.size().vcpus(),
        golden.size().memoryMib(),
        held.image(),
        VmmLimits.ofClone(golden.size(), held.diskData().fileBytes()));
  }

  private QmpClient connectMonitor(MachineDirectory directory, Cleanup cleanup) {
    QmpClient qmp = QmpClient.connect(directory);
    cleanup.add(qmp::close);
    return qmp;
  }

  private QemuMachine machine(
      MachineDirectory directory,
      QmpClient qmp,
      GuestConnection connection,
      Optional<HostLinks.Link> foreseenLink) {
    return new QemuMachine(directory, launcher, qmp, connection, exits, pausing, foreseenLink);
  }

  /**
   * Makes a paused machine anew. When this fails nothing is left, but for what the launcher did not
   * say.
   */
  Machine restore(Restoration restoration, String accessToken) throws IOException {
    MachineShape shape = restoration.shape();
    shape.requireFits(host.vmm(), settings.accelerator().text());
    settings.capacity().check(VmmLimits.worstCaseMib(shape.size()));
    MachineDirectory directory = MachineDirectory.of(settings.machinesDir(), restoration.id());
    Cleanup cleanup = new Cleanup();
    try {
      cleanup.add(directory::delete);
      directory.create();
      restoration.disk().create(directory.disk());
      shape.save(directory.shape());
      // Nothing reads the disk before the vCPUs run.
      BackgroundWork filling =
          BackgroundWork.start("disk-filler", () -> restoration.disk().fill(directory.disk()));
      cleanup.add(filling::cancel);
      QmpClient qmp = start(restoration, directory, filling, cleanup);
      filling.join();
      restoration.turn().close();
      qmp.resume();
      return machine(
          directory,
          qmp,
          GuestConnection.toResumed(guests, directory.guestPath(), accessToken, qmp.ended()),
          Optional.empty());
    } catch (IOException e) {
      throw cleanup.runAfter(e);
    } catch (RuntimeException e) {
      throw cleanup.runAfter(e);
    }
  }

  /** Starts the VMM and loads it; it stands still then. A disk that fails breaks that off. */
  private QmpClient start(
      Restoration restoration, MachineDirectory directory, BackgroundWork filling, Cleanup cleanup)
      throws IOException {
    try (StateSender sender = StateSender.listen(directory.incomingSocket())) {
      BackgroundWork sending = sender.send(restoration.state());
      filling.onFailure(sending::interrupt);
      try {
        QmpClient qmp = load(restoration, directory, cleanup);
        // A VMM that has what it needs may not have read the end, which tells whether it was the
        // end.
        throwIfDamaged(sending);
        return qmp;
      } catch (OmniRunException e) {
        // What was wrong with the files says more than that the VMM could not load them.
        if (filling.failureWithin(Duration.ZERO).isPresent()) {
          filling.join();
        }
        throwIfDamaged(sending);
        throw e;
      }
    }
  }

  private QmpClient load(Restoration restoration, MachineDirectory directory, Cleanup cleanup)
      throws IOException {
    String name = restoration.id().value();
    MachineShape shape = restoration.shape();
    cleanup.add(() -> launcher.kill(name));
    exits.watch(name);
    cleanup.add(() -> exits.forget(name));
    LauncherClient.Started started =
        launcher.resume(resumeSpec(name, shape, Files.size(directory.disk())));
    QmpClient qmp = connectMonitor(directory, cleanup);
    qmp.loadAll(started.stateFd(), QmpClient.transferTimeout(shape.size().memoryMib()));
    return qmp;
  }

  private static void throwIfDamaged(BackgroundWork sending) throws DamagedException {
    if (sending.failureWithin(SENDER_PATIENCE).orElse(null) instanceof DamagedException damaged) {
      throw damaged;
    }
  }

  private ResumeSpec resumeSpec(String machine, MachineShape shape, long diskBytes) {
    return new ResumeSpec(
        machine,
        shape.accelerator(),
        shape.size().vcpus(),
        shape.size().memoryMib(),
        shape.image(),
        VmmLimits.of(shape.size(), diskBytes));
  }

  @Override
  public Machine adopt(MachineId id, String accessToken) {
    Cleanup cleanup = new Cleanup();
    try {
      exits.watch(id.value());
      cleanup.add(() -> exits.forget(id.value()));
      MachineDirectory directory = MachineDirectory.of(settings.machinesDir(), id);
      QmpClient qmp = connectMonitor(directory, cleanup);
      // A server that was killed in the midst of a pause has left the vCPUs stopped: then the agent
      // could not answer.
      qmp.resume();
      return machine(
          directory,
          qmp,
          GuestConnection.toAdopted(guests, directory.guestPath(), accessToken, qmp.ended()),
          Optional.empty());
    } catch (RuntimeException e) {
      throw cleanup.runAfter(e);
    }
  }

  @Override
  public Set<MachineId> found() {
    Set<MachineId> found = new HashSet<>(MachineDirectories.list(settings.machinesDir()));
    found.addAll(living());
    return found;
  }

  @Override
  public Set<MachineId> living() {
    return launcher.living();
  }

  @Override
  public void remove(MachineId id) {
    launcher.kill(id.value());
    MachineDirectory.of(settings.machinesDir(), id).delete();
  }
}
