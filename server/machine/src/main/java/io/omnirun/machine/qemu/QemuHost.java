package io.omnirun.machine.qemu;

import io.omnirun.core.ports.BlankDisks;
import io.omnirun.core.ports.GoldenBuilder;
import io.omnirun.core.ports.HostLinks;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.core.ports.PausedMachines;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.machine.GuestCalls;
import io.omnirun.machine.GuestResources;
import io.omnirun.machine.HostCapacity;
import io.omnirun.machine.HostDetailException;
import io.omnirun.machine.firecracker.MemorySweep;
import io.omnirun.machine.launcher.HostInfo;
import io.omnirun.machine.launcher.LauncherClient;
import io.omnirun.machine.launcher.LauncherLinks;
import io.omnirun.machine.launcher.VmmExits;
import io.omnirun.machine.pausing.PausedShelf;
import io.omnirun.machine.pausing.StateTransfers;
import io.omnirun.model.Accelerator;
import io.omnirun.model.MachineId;
import io.omnirun.model.OmniRunException;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * QEMU on this host, through one launcher: makes drivers and builders that share its connection.
 * Closing it leaves the machines running.
 */
public final class QemuHost implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(QemuHost.class);

  private final VmmExits exits = new VmmExits();
  private final GuestHttp http;
  private final GuestResources guests;
  private final LauncherClient launcher;
  private final HostInfo info;
  private final HeldGoldens goldens;
  private final Path machinesDir;
  private final Path cacheDir;

  /** A host whose guests reach nothing of it; as the other constructor. */
  public QemuHost(Path launcherSocket, Path machinesDir, Path cacheDir) {
    this(launcherSocket, machinesDir, cacheDir, GuestCalls.NONE);
  }

  /**
   * @param launcherSocket where the launcher listens
   * @param machinesDir one directory per machine; exists
   * @param cacheDir the one that the launcher knows
   * @param calls what guests reach on this host
   * @throws OmniRunException LAUNCHER_UNAVAILABLE
   */
  public QemuHost(Path launcherSocket, Path machinesDir, Path cacheDir, GuestCalls calls) {
    this.launcher = new LauncherClient(launcherSocket, exits::report);
    this.info = launcher.hostInfo();
    this.http = GuestHttp.start();
    this.guests = GuestResources.ofNode(http, calls);
    this.goldens = new HeldGoldens(cacheDir, launcher);
    this.machinesDir = machinesDir;
    this.cacheDir = cacheDir;
  }

  public HostInfo info() {
    return info;
  }

  /** The machines that run on this host, whatever their VMM. */
  public Set<MachineId> living() {
    return launcher.living();
  }

  /** What clients of guests' agents share, for another VMM's machines on this host. */
  public GuestResources guests() {
    return guests;
  }

  /** What this host does for guests with links. */
  public HostLinks links() {
    return new LauncherLinks(launcher, info);
  }

  /** A driver, and the machines that it has paused. */
  public record Machines(MachineDriver driver, PausedMachines paused) {}

  /**
   * @param pausedDir one directory per paused machine; exists
   */
  public Machines machines(AcceleratorChoice choice, HostCapacity capacity, Path pausedDir) {
    PausedShelf shelf = new PausedShelf(pausedDir);
    shelf.sweep();
    StateTransfers transfers = new StateTransfers();
    QemuDriver driver =
        new QemuDriver(
            settings(choice, capacity),
            launcher,
            exits,
            guests,
            goldens,
            info,
            new MachinePausing(shelf, capacity, transfers));
    return new Machines(
        withSweep(driver), new QemuPausedMachines(shelf, driver, capacity, transfers));
  }

  private MachineDriver withSweep(MachineDriver driver) {
    HostInfo.Firecracker firecracker = info.firecracker();
    return firecracker == null
        ? driver
        : new MemorySweep(driver, Path.of(firecracker.memoryDirectory()));
  }

  /**
   * @param blankDisks makes the disks that machines of a template begin with
   */
  public GoldenBuilder goldenBuilder(
      AcceleratorChoice choice, HostCapacity capacity, BlankDisks blankDisks) {
    return new QemuGoldenBuilder(
        settings(choice, capacity), launcher, guests, goldens, blankDisks, info);
  }

  private QemuSettings settings(AcceleratorChoice choice, HostCapacity capacity) {
    return new QemuSettings(machinesDir, cacheDir, choice, capacity);
  }

  /**
   * Decides for KVM only where the CPU has it and a guest that is really run answers. Blocks for
   * the guest, and for the images if there is a reason to try one.
   *
   * @param images makes a kernel and a base image and returns their hashes
   */
  public AcceleratorChoice chooseAccelerator(Supplier<ProbeImages> images, BlankDisks blankDisks) {
    return AcceleratorChoice.withoutTrying(info.cpuVirtualization(), info.kvmNode())
        .orElseGet(() -> tryOrDoWithout(images.get(), blankDisks));
  }

  /** A server with sandboxes to take up starts without KVM rather than not at all. */
  private AcceleratorChoice tryOrDoWithout(ProbeImages images, BlankDisks blankDisks) {
    try {
      return tryKvm(images, blankDisks);
    } catch (OmniRunException e) {
      log.warn("no guest could be tried under KVM", e);
      return new AcceleratorChoice(
          Accelerator.TCG, "no guest could be tried under KVM: " + HostDetailException.inFull(e));
    }
  }

  /**
   * Runs a guest under KVM, whatever the CPU shows: the answer is KVM if its agent answers, else
   * TCG with what became of it. Blocks for it, half a minute at most if it hangs; leaves nothing.
   *
   * @throws OmniRunException if no guest could be tried, which says nothing about KVM
   */
  public AcceleratorChoice tryKvm(ProbeImages images, BlankDisks blankDisks) {
    return new KvmProbe(launcher, exits, guests, machinesDir, blankDisks, KvmProbe.PATIENCE)
        .run(images);
  }

  /**
   * What the probe's guest boots from: hashes of things in the cache.
   *
   * @param image any base image: nothing of it is run
   */
  public record ProbeImages(String kernel, String image) {}

  @Override
  public void close() {
    http.close();
    launcher.close();
  }
}
