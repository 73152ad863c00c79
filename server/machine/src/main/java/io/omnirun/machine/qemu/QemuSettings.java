package io.omnirun.machine.qemu;

import io.omnirun.machine.HostCapacity;
import java.nio.file.Path;

/**
 * Where the driver works and how.
 *
 * @param machinesDir one directory per machine
 * @param cacheDir the one that the launcher knows
 * @param accelerator decided by a probe, never by the look of {@code /dev/kvm}
 */
public record QemuSettings(
    Path machinesDir, Path cacheDir, Accelerator accelerator, HostCapacity capacity) {}
