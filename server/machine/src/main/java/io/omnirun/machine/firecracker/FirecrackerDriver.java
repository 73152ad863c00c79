package io.omnirun.machine.firecracker;

import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.machine.Cleanup;
import io.omnirun.machine.GuestConnection;
import io.omnirun.machine.GuestResources;
import io.omnirun.machine.disk.SparseCopy;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/** Machines of Firecracker. Thread-safe. */
public final class FirecrackerDriver implements MachineDriver {
  /** Firecracker itself: five MiB by its promise, and what its connections take. */
  private static final int VMM_MIB = 64;

  private final FirecrackerSettings settings;
  private final Vmms vmms;
  private final GuestResources guests;
  private final FirecrackerGoldens goldens;

  public FirecrackerDriver(FirecrackerSettings settings, Vmms vmms, GuestResources guests) {
    this.settings = settings;
    this.vmms = vmms;
    this.guests = guests;
    this.goldens = new FirecrackerGoldens(settings.cacheDir(), settings.host());
  }

  @Override
  public Machine clone(MachineId id, GoldenSnapshot golden) {
    settings.host().requireUsable();
    FirecrackerGoldens.Golden source = goldens.open(golden);
    settings.capacity().check(golden.size().memoryMib() + VMM_MIB);
    FirecrackerDirectory directory = FirecrackerDirectory.of(settings.machinesDir(), id);
    Cleanup cleanup = new Cleanup();
    try {
      cleanup.add(directory::delete);
      layOut(directory, source);
      RunningVmm vmm = RunningVmm.start(vmms, directory, cleanup);
      load(vmm, source);
      return new FirecrackerMachine(
          directory,
          vmms,
          vmm,
          GuestConnection.toClone(guests, directory.guestPath(), vmm.ended()));
    } catch (IOException e) {
      throw cleanup.runAfter(
          new OmniRunException(
              ErrorCode.NO_SPACE, "the machine's files could not be made on this server", e));
    } catch (RuntimeException e) {
      throw cleanup.runAfter(e);
    }
  }

  /** All shared but for the disk, which is a reflink where the file system has them. */
  private static void layOut(FirecrackerDirectory directory, FirecrackerGoldens.Golden source)
      throws IOException {
    directory.create();
    directory.link(FirecrackerDirectory.BASE, source.image());
    SparseCopy.copy(source.files().disk(), source.disk(), directory.disk());
  }

  /** The memory is mapped privately: pages come from the page cache that all clones share. */
  private static void load(RunningVmm vmm, FirecrackerGoldens.Golden source) {
    GoldenFiles files = source.files();
    vmm.api()
        .put(
            "/snapshot/load",
            ApiBodies.SnapshotLoad.ofFiles(
                files.state().toAbsolutePath().toString(),
                files.memory().toAbsolutePath().toString()));
    vmm.api().patch("/vm", ApiBodies.VmState.RESUMED);
  }

  @Override
  public Machine adopt(MachineId id, String accessToken) {
    FirecrackerDirectory directory = FirecrackerDirectory.of(settings.machinesDir(), id);
    RunningVmm vmm = RunningVmm.adopt(vmms, directory);
    vmm.api().patch("/vm", ApiBodies.VmState.RESUMED);
    return new FirecrackerMachine(
        directory,
        vmms,
        vmm,
        GuestConnection.toAdopted(guests, directory.guestPath(), accessToken, vmm.ended()));
  }

  @Override
  public Set<MachineId> found() {
    Set<MachineId> found = new HashSet<>(FirecrackerDirectory.list(settings.machinesDir()));
    found.addAll(living());
    return found;
  }

  @Override
  public Set<MachineId> living() {
    return vmms.living();
  }

  @Override
  public void remove(MachineId id) {
    vmms.kill(id);
    FirecrackerDirectory.of(settings.machinesDir(), id).delete();
  }
}
