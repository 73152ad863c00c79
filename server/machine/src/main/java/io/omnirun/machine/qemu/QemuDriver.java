package io.omnirun.machine.qemu;

import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.machine.Cleanup;
import io.omnirun.machine.GuestResources;
import io.omnirun.machine.launcher.CloneSpec;
import io.omnirun.machine.launcher.LauncherClient;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;

/** Machines of QEMU, under TCG or KVM. Thread-safe. */
public final class QemuDriver implements MachineDriver {
  private final QemuSettings settings;
  private final LauncherClient launcher;
  private final VmmExits exits;
  private final GuestResources guests;
  private final HeldGoldens goldens;

  QemuDriver(
      QemuSettings settings,
      LauncherClient launcher,
      VmmExits exits,
      GuestResources guests,
      HeldGoldens goldens) {
    this.settings = settings;
    this.launcher = launcher;
    this.exits = exits;
    this.guests = guests;
    this.goldens = goldens;
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
      cleanup.add(() -> launcher.kill(id.value()));
      exits.watch(id.value());
      cleanup.add(() -> exits.forget(id.value()));
      LauncherClient.Started started =
          goldens.retryWhenLost(golden, () -> launcher.clone(cloneSpec(id, golden, held)));
      QmpClient qmp = connectMonitor(directory, cleanup);
      qmp.loadState(started.stateFd());
      qmp.resume();
      return machine(id, directory, qmp, GuestConnection.toClone(guests, directory, qmp.ended()));
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
        VmmLimits.of(golden.size(), held.diskData().fileBytes()));
  }

  private QmpClient connectMonitor(MachineDirectory directory, Cleanup cleanup) {
    QmpClient qmp = QmpClient.connect(directory);
    cleanup.add(qmp::close);
    return qmp;
  }

  private QemuMachine machine(
      MachineId id, MachineDirectory directory, QmpClient qmp, GuestConnection connection) {
    return new QemuMachine(id, directory, launcher, qmp, connection, exits);
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
      GuestConnection connection = GuestConnection.toAdopted(guests, directory, qmp.ended());
      connection.useToken(accessToken);
      return machine(id, directory, qmp, connection);
    } catch (RuntimeException e) {
      throw cleanup.runAfter(e);
    }
  }

  @Override
  public Set<MachineId> found() {
    Set<MachineId> found = new HashSet<>(MachineDirectory.list(settings.machinesDir()));
    found.addAll(living());
    return found;
  }

  @Override
  public Set<MachineId> living() {
    return launcher.list().stream()
        .flatMap(living -> MachineId.parse(living.machine()).stream())
        .collect(Collectors.toSet());
  }

  @Override
  public void remove(MachineId id) {
    launcher.kill(id.value());
    MachineDirectory.of(settings.machinesDir(), id).delete();
  }
}
