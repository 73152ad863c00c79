package io.omnirun.model;

/**
 * How much one account may have of a host and its server. Zero: nothing.
 *
 * @param maxConcurrentSandboxes how many may be creating or running at a time
 * @param maxPausedSandboxes how many may be paused at a time
 * @param maxVcpus virtual CPUs of those that have a machine
 * @param maxMemoryMib their guest RAM
 * @param maxDiskMib their writable disks at full size, and those of the paused ones
 * @param requestsPerSecond what each of its tokens may send in the long run
 * @throws OmniRunException CONFIGURATION_INVALID for a negative one
 */
public record AccountLimits(
    int maxConcurrentSandboxes,
    int maxPausedSandboxes,
    int maxVcpus,
    int maxMemoryMib,
    int maxDiskMib,
    int requestsPerSecond) {
  /** Sandboxes of an account for which nobody set another number. */
  public static final int DEFAULT_MAX_CONCURRENT_SANDBOXES = 3;

  /** The same for paused ones, which take as much disk as they have memory, and nothing else. */
  public static final int DEFAULT_MAX_PAUSED_SANDBOXES = 10;

  /** The same for requests: more than a program sends that waits for answers. */
  public static final int DEFAULT_REQUESTS_PER_SECOND = 100;

  /**
   * Of an account for which nobody set others: so much of what sandboxes have that their number is
   * what counts.
   */
  public static final AccountLimits DEFAULT =
      new AccountLimits(
          DEFAULT_MAX_CONCURRENT_SANDBOXES,
          DEFAULT_MAX_PAUSED_SANDBOXES,
          64,
          128 * 1024,
          1024 * 1024,
          DEFAULT_REQUESTS_PER_SECOND);

  public AccountLimits {
    if (Math.min(maxConcurrentSandboxes, maxPausedSandboxes) < 0
        || Math.min(maxVcpus, Math.min(maxMemoryMib, maxDiskMib)) < 0
        || requestsPerSecond < 0) {
      throw new OmniRunException(ErrorCode.CONFIGURATION_INVALID, "a limit cannot be negative");
    }
  }

  /** The same with other numbers of sandboxes. */
  public AccountLimits withSandboxes(int maxConcurrent, int maxPaused) {
    return new AccountLimits(
        maxConcurrent, maxPaused, maxVcpus, maxMemoryMib, maxDiskMib, requestsPerSecond);
  }

  /** The same with another number of requests. */
  public AccountLimits withRequestsPerSecond(int requests) {
    return new AccountLimits(
        maxConcurrentSandboxes, maxPausedSandboxes, maxVcpus, maxMemoryMib, maxDiskMib, requests);
  }
}
