package io.omnirun.model;

/**
 * How much of a host one account may have.
 *
 * @param maxVcpus virtual CPUs of those that have a machine
 * @param maxMemoryMib their guest RAM
 * @param maxDiskMib their writable disks at full size, and those of the paused ones
 * @param requestsPerSecond what each of its tokens may send in the long run
 */
public record ResourceLimits(
    int maxVcpus, int maxMemoryMib, int maxDiskMib, int requestsPerSecond) {
  /**
   * Of an account for which nobody set others: so much that the number of its sandboxes is what
   * counts.
   */
  public static final ResourceLimits DEFAULT =
      new ResourceLimits(64, 128 * 1024, 1024 * 1024, Account.DEFAULT_REQUESTS_PER_SECOND);

  public ResourceLimits {
    if (maxVcpus < 0 || maxMemoryMib < 0 || maxDiskMib < 0 || requestsPerSecond < 0) {
      throw new IllegalArgumentException("a limit is not below zero");
    }
  }
}
