package io.omnirun.store;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;

/**
 * How much more an account may have; below 0 after a cut of its limits. Public for JDBI's
 * reflection alone.
 *
 * @param places of sandboxes that have a machine
 * @param vcpus of these
 * @param memoryMib of these
 * @param diskMib of these and of the paused ones
 */
public record Room(long places, long vcpus, long memoryMib, long diskMib) {
  /**
   * @throws OmniRunException CONCURRENT_LIMIT, CPU_LIMIT or MEMORY_LIMIT if a machine of that size
   *     does not fit
   */
  void requireMachine(int wantedVcpus, int wantedMemoryMib) {
    if (places < 1) {
      throw new OmniRunException(ErrorCode.CONCURRENT_LIMIT, "concurrent sandbox limit reached");
    }
    if (vcpus < wantedVcpus) {
      throw refusal(ErrorCode.CPU_LIMIT, wantedVcpus, "vCPUs", vcpus);
    }
    if (memoryMib < wantedMemoryMib) {
      throw refusal(ErrorCode.MEMORY_LIMIT, wantedMemoryMib, "MB of memory", memoryMib);
    }
  }

  /**
   * @throws OmniRunException DISK_LIMIT if a disk of that size does not fit
   */
  void requireDisk(int wantedDiskMib) {
    if (diskMib < wantedDiskMib) {
      throw refusal(ErrorCode.DISK_LIMIT, wantedDiskMib, "MB of disk", diskMib);
    }
  }

  private static OmniRunException refusal(ErrorCode code, int wanted, String what, long left) {
    return new OmniRunException(
        code,
        "this sandbox takes %d %s and your account has %d left; delete another one, or ask the operator for more"
            .formatted(wanted, what, Math.max(0, left)));
  }
}
