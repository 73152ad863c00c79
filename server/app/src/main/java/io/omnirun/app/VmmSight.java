package io.omnirun.app;

import io.omnirun.machine.HostDetailException;
import io.omnirun.machine.launcher.HostInfo;
import io.omnirun.machine.qemu.QemuHost;
import io.omnirun.model.OmniRunException;
import java.util.Optional;

/** What machines of a server run in, as far as that is known without running a guest. */
final class VmmSight {
  private static final String NAME = "vmm";

  private VmmSight() {}

  static Finding withoutLauncher() {
    return Finding.worse(
        NAME,
        "not known: which VMMs there are the launcher tells",
        "name a server's configuration with --config, and have its launcher run");
  }

  /** Asks the launcher of a configuration. */
  static Finding of(ServerConfig config) {
    try (QemuHost host =
        new QemuHost(
            config.launcherSocket(), config.stateDir().resolve("machines"), config.cacheDir())) {
      return of(config.vmm(), config.accelerator(), host.info());
    } catch (OmniRunException e) {
      return Finding.worse(NAME, "not known: " + HostDetailException.inFull(e), "start the launcher");
    }
  }

  /**
   * What follows from a configuration and a host.
   *
   * @param accelerator as configured
   */
  static Finding of(VmmWish wish, String accelerator, HostInfo host) {
    Optional<String> obstacle = VmmChoice.obstacle(accelerator, host);
    return switch (wish) {
      case QEMU -> Finding.good(NAME, "QEMU: the configuration says so");
      case AUTO ->
          obstacle
              .map(reason -> Finding.good(NAME, "QEMU: " + reason))
              .orElseGet(() -> Finding.good(NAME, firecracker(host) + ", else QEMU"));
      case FIRECRACKER ->
          obstacle
              .map(
                  reason ->
                      Finding.broken(
                          NAME,
                          "Firecracker is asked for, but " + reason,
                          "put that right, or set vmm.kind=auto"))
              .orElseGet(
                  () -> Finding.good(NAME, firecracker(host) + ", else the server does not start"));
    };
  }

  private static String firecracker(HostInfo host) {
    return "Firecracker %s if a guest in it answers when the server starts"
        .formatted(Optional.ofNullable(host.firecracker()).map(it -> it.version()).orElse(""));
  }
}
