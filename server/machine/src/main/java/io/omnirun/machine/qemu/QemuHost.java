package io.omnirun.machine.qemu;

import io.omnirun.core.ports.BlankDisks;
import io.omnirun.core.ports.GoldenBuilder;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.machine.GuestResources;
import io.omnirun.machine.HostCapacity;
import io.omnirun.machine.OutputMemory;
import io.omnirun.machine.launcher.HostInfo;
import io.omnirun.machine.launcher.LauncherClient;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * QEMU on this host, through one launcher: makes drivers and builders that share its connection.
 * Closing it leaves the machines running.
 */
public final class QemuHost implements AutoCloseable {
  private final VmmExits exits = new VmmExits();
  private final GuestHttp http;
  private final GuestResources guests;
  private final LauncherClient launcher;
  private final HostInfo info;
  private final HeldGoldens goldens;
  private final Path machinesDir;
  private final Path cacheDir;

  /**
   * @param launcherSocket where the launcher listens
   * @param machinesDir one directory per machine; exists
   * @param cacheDir the one that the launcher knows
   * @throws io.omnirun.model.OmniRunException LAUNCHER_UNAVAILABLE
   */
  public QemuHost(Path launcherSocket, Path machinesDir, Path cacheDir) {
    this.launcher = new LauncherClient(launcherSocket, exits::report);
    this.info = launcher.hostInfo();
    this.http = GuestHttp.start();
    this.guests = new GuestResources(http, OutputMemory.ofNode());
    this.goldens = new HeldGoldens(cacheDir, launcher);
    this.machinesDir = machinesDir;
    this.cacheDir = cacheDir;
  }

  public HostInfo info() {
    return info;
  }

  public MachineDriver driver(Accelerator accelerator, HostCapacity capacity) {
    return new QemuDriver(settings(accelerator, capacity), launcher, exits, guests, goldens);
  }

  /**
   * @param blankDisks makes the disks that machines of a template begin with
   */
  public GoldenBuilder goldenBuilder(
      Accelerator accelerator, HostCapacity capacity, BlankDisks blankDisks) {
    return new QemuGoldenBuilder(
        settings(accelerator, capacity), launcher, guests, goldens, blankDisks, info);
  }

  private QemuSettings settings(Accelerator accelerator, HostCapacity capacity) {
    return new QemuSettings(machinesDir, cacheDir, accelerator, capacity);
  }

  /**
   * Decides for KVM only where the CPU has it and a guest that is really run answers. Blocks for
   * the guest, and for the images if there is a reason to try one.
   *
   * @param images makes a kernel and a base image and returns their hashes
   */
  public AcceleratorChoice chooseAccelerator(Supplier<ProbeImages> images, BlankDisks blankDisks) {
    if (!info.cpuVirtualization()) {
      return new AcceleratorChoice(Accelerator.TCG, "the CPU shows neither vmx nor svm");
    }
    if (!info.kvmNode()) {
      return new AcceleratorChoice(Accelerator.TCG, "the CPU could, but there is no /dev/kvm");
    }
    return tryKvm(images.get(), blankDisks);
  }

  /** Runs a guest under KVM, whatever the CPU shows. Blocks for it. */
  public AcceleratorChoice tryKvm(ProbeImages images, BlankDisks blankDisks) {
    boolean answers =
        new KvmProbe(launcher, guests, machinesDir, blankDisks)
            .guestAnswers(images.kernel(), images.image());
    return answers
        ? new AcceleratorChoice(Accelerator.KVM, "a guest under KVM answered")
        : new AcceleratorChoice(Accelerator.TCG, "a guest under KVM was tried and did not answer");
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
