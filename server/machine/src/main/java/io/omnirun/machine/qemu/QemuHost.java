package io.omnirun.machine.qemu;

import io.omnirun.core.ports.BlankDisks;
import io.omnirun.core.ports.GoldenBuilder;
import io.omnirun.core.ports.MachineDriver;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.machine.HostCapacity;
import io.omnirun.machine.launcher.HostInfo;
import io.omnirun.machine.launcher.LauncherClient;
import java.nio.file.Path;

/**
 * QEMU on this host, through one launcher: makes drivers and builders that share its connection.
 * Closing it leaves the machines running.
 */
public final class QemuHost implements AutoCloseable {
  private final VmmExits exits = new VmmExits();
  private final GuestHttp http;
  private final LauncherClient launcher;
  private final HostInfo info;
  private final QemuSettings settings;

  /**
   * @param launcherSocket where the launcher listens
   * @param machinesDir one directory per machine; exists
   * @param cacheDir the one that the launcher knows
   * @throws io.omnirun.model.OmniRunException LAUNCHER_UNAVAILABLE
   */
  public QemuHost(
      Path launcherSocket,
      Path machinesDir,
      Path cacheDir,
      Accelerator accelerator,
      HostCapacity capacity) {
    this.launcher = new LauncherClient(launcherSocket, exits::report);
    this.info = launcher.hostInfo();
    this.http = GuestHttp.start();
    this.settings = new QemuSettings(machinesDir, cacheDir, accelerator, capacity);
  }

  public HostInfo info() {
    return info;
  }

  public MachineDriver driver() {
    return new QemuDriver(settings, launcher, exits, http);
  }

  /**
   * @param blankDisks makes the disks that machines of a template begin with
   */
  public GoldenBuilder goldenBuilder(BlankDisks blankDisks) {
    return new QemuGoldenBuilder(settings, launcher, http, blankDisks, info);
  }

  @Override
  public void close() {
    http.close();
    launcher.close();
  }
}
