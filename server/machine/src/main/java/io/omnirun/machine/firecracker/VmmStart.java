package io.omnirun.machine.firecracker;

import io.omnirun.model.MachineId;
import io.omnirun.model.SizeClass;
import java.util.Optional;

/**
 * What a VMM is started for. Which of the two it is decides what it finds beside its directory; the
 * other files are always there ({@link FirecrackerDirectory}).
 *
 * @param image hash of the base image
 * @param kernel of a machine that boots
 * @param golden hash of the snapshot that a clone is loaded from; neither: it was paused
 * @param diskBytes how long its disk is
 */
public record VmmStart(
    MachineId machine,
    SizeClass size,
    String image,
    Optional<KernelFiles> kernel,
    Optional<String> golden,
    long diskBytes) {
  /** One that boots a kernel, to become a golden snapshot. */
  static VmmStart boot(
      MachineId machine, SizeClass size, String image, KernelFiles kernel, long diskBytes) {
    return new VmmStart(machine, size, image, Optional.of(kernel), Optional.empty(), diskBytes);
  }

  /** A clone of a golden snapshot. */
  static VmmStart clone(
      MachineId machine, SizeClass size, String image, String golden, long diskBytes) {
    return new VmmStart(machine, size, image, Optional.empty(), Optional.of(golden), diskBytes);
  }

  /** One that was paused. */
  static VmmStart resume(MachineId machine, SizeClass size, String image, long diskBytes) {
    return new VmmStart(machine, size, image, Optional.empty(), Optional.empty(), diskBytes);
  }
}
