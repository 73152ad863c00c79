package io.omnirun.app;

import io.omnirun.images.BuildProgress;
import io.omnirun.images.ImageCache;
import io.omnirun.images.ImageRecipes;
import io.omnirun.machine.HostCapacity;
import io.omnirun.machine.firecracker.FirecrackerHost;
import io.omnirun.machine.firecracker.FirecrackerNode;
import io.omnirun.machine.firecracker.FirecrackerSettings;
import io.omnirun.machine.firecracker.FirecrackerVersion;
import io.omnirun.machine.firecracker.KernelFiles;
import io.omnirun.machine.firecracker.MemoryRoom;
import io.omnirun.machine.launcher.HostInfo;
import io.omnirun.machine.qemu.QemuHost;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Makes what works with Firecracker's machines, for a server and for a trial.
 *
 * @param host knows the launcher's Firecracker
 */
record FirecrackerWiring(
    ServerConfig config,
    QemuHost host,
    HostCapacity capacity,
    ImageRecipes recipes,
    ImageCache cache) {
  /** The caller closes it. Empty: the launcher has no Firecracker. */
  Optional<FirecrackerNode> node(Path machinesDir) {
    return Optional.ofNullable(host.info().firecracker()).map(found -> node(found, machinesDir));
  }

  private FirecrackerNode node(HostInfo.Firecracker found, Path machinesDir) {
    FirecrackerVersion version = new FirecrackerVersion(found.version(), found.snapshotVersion());
    FirecrackerSettings settings =
        new FirecrackerSettings(
            machinesDir,
            new MemoryRoom(Path.of(found.memoryDirectory())),
            config.cacheDir(),
            FirecrackerHost.of(version),
            capacity);
    return new FirecrackerNode(
        config.launcherSocket(),
        settings,
        host.guests(),
        new FirecrackerNode.Origins(this::kernel, recipes));
  }

  private KernelFiles kernel(String hash) {
    Path kernel = config.cacheDir().resolve("kernels").resolve(hash);
    return new KernelFiles(
        hash,
        cache.uncompressed(kernel.resolve("vmlinuz"), BuildProgress.SILENT),
        kernel.resolve("initrd"));
  }
}
