package io.omnirun.machine.qemu;

import io.omnirun.machine.HostCapacity;
import io.omnirun.model.Accelerator;
import java.nio.file.Path;

/**
 * Where the driver works and how.
 *
 * @param machinesDir one directory per machine
 * @param cacheDir the one that the launcher knows
 * @param choice made by a probe, never by the look of {@code /dev/kvm}
 */
public record QemuSettings(
    Path machinesDir, Path cacheDir, AcceleratorChoice choice, HostCapacity capacity) {

  Accelerator accelerator() {
    return choice.accelerator();
  }
}
