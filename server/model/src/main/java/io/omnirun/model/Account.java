package io.omnirun.model;

/**
 * Who owns sandboxes.
 *
 * @param name shown to people
 * @param maxConcurrentSandboxes how many may be creating or running at a time
 * @param maxPausedSandboxes how many may be paused at a time
 * @param requestsPerSecond how many requests each of its tokens may send in the long run
 */
public record Account(
    AccountId id,
    String name,
    int maxConcurrentSandboxes,
    int maxPausedSandboxes,
    int requestsPerSecond) {
  /** The limit of an account for which nobody set another. */
  public static final int DEFAULT_MAX_CONCURRENT_SANDBOXES = 3;

  /** The same for paused ones, which take as much disk as they have memory, and nothing else. */
  public static final int DEFAULT_MAX_PAUSED_SANDBOXES = 10;

  /** The same for requests: more than a program sends that waits for answers. */
  public static final int DEFAULT_REQUESTS_PER_SECOND = 100;

  /** An account with the usual other limits. */
  public Account(AccountId id, String name, int maxConcurrentSandboxes) {
    this(
        id,
        name,
        maxConcurrentSandboxes,
        DEFAULT_MAX_PAUSED_SANDBOXES,
        DEFAULT_REQUESTS_PER_SECOND);
  }
}
