package io.omnirun.model;

/**
 * Who owns sandboxes.
 *
 * @param name shown to people
 * @param maxConcurrentSandboxes how many may be creating or running at a time
 */
public record Account(AccountId id, String name, int maxConcurrentSandboxes) {
  /** The limit of an account for which nobody set another. */
  public static final int DEFAULT_MAX_CONCURRENT_SANDBOXES = 3;
}
