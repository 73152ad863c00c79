package io.omnirun.app;

import io.omnirun.machine.HostDetailException;
import io.omnirun.machine.launcher.HostInfo;
import io.omnirun.machine.qemu.QemuHost;
import io.omnirun.model.OmniRunException;
import java.util.Optional;

/** What machines of a server run in, as far as that is known. */
final class VmmSight {
  private static final String NAME = "vmm";

  private VmmSight() {}

  static Finding withoutLauncher() {
    return Finding.worse(
        NAME,
        "not known: which VMMs there are the launcher tells",
        "name a server's configuration with --config, and have its launcher run");
  }

  /**
   * Asks the launcher of a configuration.
   *
   * @param trial of a guest in Firecracker
   */
  static Finding of(ServerConfig config, Trial trial) {
    try (QemuHost host =
        new QemuHost(
            config.launcherSocket(), config.stateDir().resolve("machines"), config.cacheDir())) {
      return of(config.vmm(), config.accelerator(), host.info(), trial);
    } catch (OmniRunException e) {
      return Finding.worse(
          NAME, "not known: " + HostDetailException.inFull(e), "start the launcher");
    }
  }

  /**
   * What follows from a configuration and a host.
   *
   * @param accelerator as configured
   * @param trial of a guest in Firecracker
   */
  static Finding of(VmmWish wish, String accelerator, HostInfo host, Trial trial) {
    Optional<String> obstacle = VmmChoice.obstacle(accelerator, host);
    return switch (wish) {
      case QEMU -> Finding.good(NAME, "QEMU: the configuration says so");
      case AUTO ->
          obstacle
              .map(reason -> Finding.good(NAME, "QEMU: " + reason))
              .orElseGet(() -> byItself(host, trial));
      case FIRECRACKER -> obstacle.map(VmmSight::impossible).orElseGet(() -> asAsked(host, trial));
    };
  }

  private static Finding byItself(HostInfo host, Trial trial) {
    return switch (trial.outcome()) {
      case ANSWERED -> proved(host, trial);
      case FAILED ->
          Finding.worse(NAME, "QEMU: " + trial.text(), "put that right, or set vmm.kind=qemu");
      case NOT_TRIED -> Finding.good(NAME, unproved(host) + ", else QEMU");
    };
  }

  private static Finding asAsked(HostInfo host, Trial trial) {
    return switch (trial.outcome()) {
      case ANSWERED -> proved(host, trial);
      case FAILED -> impossible(trial.text());
      case NOT_TRIED -> Finding.good(NAME, unproved(host) + ", else the server does not start");
    };
  }

  private static Finding impossible(String reason) {
    return Finding.broken(
        NAME, "Firecracker is asked for, but " + reason, "put that right, or set vmm.kind=auto");
  }

  private static Finding proved(HostInfo host, Trial trial) {
    return Finding.good(NAME, firecracker(host) + ": " + trial.text());
  }

  private static String unproved(HostInfo host) {
    return firecracker(host) + " if a guest in it answers when the server starts";
  }

  private static String firecracker(HostInfo host) {
    HostInfo.Firecracker found = host.firecracker();
    if (found == null) {
      return "Firecracker";
    }
    return "Firecracker " + found.version() + (found.jailer() == null ? "" : " under its jailer");
  }
}
