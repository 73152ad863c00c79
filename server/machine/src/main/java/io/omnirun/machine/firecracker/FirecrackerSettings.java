package io.omnirun.machine.firecracker;

import io.omnirun.machine.HostCapacity;
import java.nio.file.Path;

/**
 * Where the driver works and how.
 *
 * @param machinesDir one directory per machine
 * @param memoryDir one directory per machine, on a tmpfs
 * @param cacheDir kernels, images, snapshots
 */
public record FirecrackerSettings(
    Path machinesDir, Path memoryDir, Path cacheDir, FirecrackerHost host, HostCapacity capacity) {}
