package io.omnirun.machine.firecracker;

import io.omnirun.machine.HostCapacity;
import java.nio.file.Path;

/**
 * Where the driver works and how.
 *
 * @param machinesDir one directory per machine
 * @param memory where machines' memory is written and read, on a tmpfs; one for all
 * @param cacheDir kernels, images, snapshots
 */
public record FirecrackerSettings(
    Path machinesDir,
    MemoryRoom memory,
    Path cacheDir,
    FirecrackerHost host,
    HostCapacity capacity) {}
