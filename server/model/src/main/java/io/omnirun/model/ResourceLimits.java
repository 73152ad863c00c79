package io.omnirun.model;

/**
 * How much of a host the sandboxes of one account may have together.
 *
 * @param maxVcpus virtual CPUs of those that have a machine
 * @param maxMemoryMib their guest RAM
 * @param maxDiskMib their writable disks at full size, and those of the paused ones
 */
public record ResourceLimits(int maxVcpus, int maxMemoryMib, int maxDiskMib) {
  /**
   * Of an account for which nobody set others: so much that the number of its sandboxes is what
   * counts.
   */
  public static final ResourceLimits DEFAULT = new ResourceLimits(64, 128 * 1024, 1024 * 1024);

  public ResourceLimits {
    if (maxVcpus < 0 || maxMemoryMib < 0 || maxDiskMib < 0) {
      throw new IllegalArgumentException("a limit is not below zero");
    }
  }
}
