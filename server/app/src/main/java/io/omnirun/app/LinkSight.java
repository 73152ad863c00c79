package io.omnirun.app;

import io.omnirun.core.ports.HostLinks;
import io.omnirun.machine.HostDetailException;
import io.omnirun.machine.qemu.QemuHost;
import io.omnirun.model.OmniRunException;

/** Whether sandboxes may be given a network, which the launcher has found out at its start. */
final class LinkSight {
  private static final String NAME = "internet";

  private LinkSight() {}

  static Finding withoutLauncher() {
    return Finding.worse(
        NAME,
        "not known: the launcher finds it out when it starts",
        "name a server's configuration with --config, and have its launcher run");
  }

  /** Asks the launcher of a configuration. */
  static Finding of(ServerConfig config) {
    try (QemuHost host =
        new QemuHost(
            config.launcherSocket(), config.stateDir().resolve("machines"), config.cacheDir())) {
      return of(host.links());
    } catch (OmniRunException e) {
      return Finding.worse(
          NAME,
          "not known: " + HostDetailException.inFull(e),
          "start the launcher, which finds it out");
    }
  }

  private static Finding of(HostLinks links) {
    return links
        .services()
        .map(services -> Finding.good(NAME, "sandboxes may be given a network"))
        .orElseGet(
            () ->
                Finding.worse(
                    NAME,
                    "sandboxes are air-gapped, all of them: " + links.problem(),
                    "start the launcher as root, with --network and nftables installed"));
  }
}
