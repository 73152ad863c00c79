package io.omnirun.model;

/**
 * Who owns sandboxes.
 *
 * @param name shown to people
 * @param maxConcurrentSandboxes how many may be creating or running at a time
 * @param maxPausedSandboxes how many may be paused at a time
 */
public record Account(
    AccountId id, String name, int maxConcurrentSandboxes, int maxPausedSandboxes) {
  /** The limit of an account for which nobody set another. */
  public static final int DEFAULT_MAX_CONCURRENT_SANDBOXES = 3;

  /** The same for paused ones, which take as much disk as they have memory, and nothing else. */
  public static final int DEFAULT_MAX_PAUSED_SANDBOXES = 10;

  /** An account with the usual limit of paused sandboxes. */
  public Account(AccountId id, String name, int maxConcurrentSandboxes) {
    this(id, name, maxConcurrentSandboxes, DEFAULT_MAX_PAUSED_SANDBOXES);
  }
}
