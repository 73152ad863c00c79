package io.omnirun.machine.qemu;

import io.omnirun.machine.launcher.MachineLimits;
import io.omnirun.model.SizeClass;

/** The limits of a VMM, from the size of its guest. */
final class VmmLimits {
  /**
   * What QEMU needs beside the guest's RAM: under TCG 33 MiB of its own and up to 128 MiB of
   * translated code (measured, see ARCHITECTURE.md), plus room for its buffers.
   */
  private static final int OVERHEAD_MIB = 256;

  /**
   * QEMU's own threads: main loop, one per vCPU, RCU, I/O workers (at most 64 in its pool, 16 in
   * use seen).
   */
  private static final int THREADS = 96;

  /** I/O threads work beside the vCPUs. */
  private static final int EXTRA_CPU_PERCENT = 50;

  private static final long BYTES_PER_MIB = 1024L * 1024;

  private VmmLimits() {}

  /**
   * @param largestFileBytes the longest file it may write: its disk, or its RAM while a template is
   *     built
   */
  static MachineLimits of(SizeClass size, long largestFileBytes) {
    return new MachineLimits(
        size.memoryMib() + OVERHEAD_MIB,
        size.vcpus() * 100 + EXTRA_CPU_PERCENT,
        THREADS,
        Math.max(largestFileBytes, size.memoryMib() * BYTES_PER_MIB));
  }

  /**
   * Those of a clone of a golden snapshot. Pages of the golden RAM that nobody has touched yet are
   * holes in the launcher's memory; the first clone that touches one has it made there and charged
   * to itself, beside the copy that it writes to. So a clone that uses all of its RAM may be
   * charged for it twice, though the host gives the first half once for all clones.
   */
  static MachineLimits ofClone(SizeClass size, long largestFileBytes) {
    MachineLimits alone = of(size, largestFileBytes);
    return new MachineLimits(
        alone.memoryMib() + size.memoryMib(), alone.cpuPercent(), alone.pids(), alone.fileBytes());
  }

  /** What a machine may come to use of the host's memory. */
  static int worstCaseMib(SizeClass size) {
    return size.memoryMib() + OVERHEAD_MIB;
  }
}
