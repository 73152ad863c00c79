package io.omnirun.machine.firecracker;

import io.omnirun.machine.launcher.MachineLimits;
import io.omnirun.model.SizeClass;

/** The limits of a VMM, from the size of its guest. */
final class VmmLimits {
  /** Five MiB by its own promise (SPECIFICATION.md), and what its connections buffer. */
  private static final int OVERHEAD_MIB = 64;

  /** The VMM's, its API's and one for each vCPU; and those of the jail that becomes it. */
  private static final int THREADS_BESIDE_VCPUS = 30;

  /** The VMM's thread works beside the vCPUs. */
  private static final int EXTRA_CPU_PERCENT = 50;

  private static final long BYTES_PER_MIB = 1024L * 1024;

  private VmmLimits() {}

  /**
   * Of one that is started. Pages of a memory file are charged to whoever touches them first,
   * beside the copies that the machine writes to: one that uses all of its memory may be charged
   * for it twice. The longest file that it writes is its disk, or its memory in a snapshot.
   */
  static MachineLimits of(VmmStart wanted) {
    SizeClass size = wanted.size();
    return new MachineLimits(
        2 * size.memoryMib() + OVERHEAD_MIB,
        size.vcpus() * 100 + EXTRA_CPU_PERCENT,
        size.vcpus() + THREADS_BESIDE_VCPUS,
        Math.max(wanted.diskBytes(), size.memoryMib() * BYTES_PER_MIB));
  }

  /** What a clone may come to use of the host's memory. */
  static int worstCaseMib(SizeClass size) {
    return size.memoryMib() + OVERHEAD_MIB;
  }

  /** One that was paused has a memory file that it shares with nobody. */
  static int worstCaseOfResumedMib(SizeClass size) {
    return 2 * size.memoryMib() + OVERHEAD_MIB;
  }
}
