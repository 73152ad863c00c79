package io.omnirun.model;

/**
 * Who owns sandboxes.
 *
 * @param name shown to people
 */
public record Account(AccountId id, String name, AccountLimits limits) {
  /** An account with the usual other limits. */
  public Account(AccountId id, String name, int maxConcurrentSandboxes) {
    this(
        id,
        name,
        AccountLimits.DEFAULT.withSandboxes(
            maxConcurrentSandboxes, AccountLimits.DEFAULT_MAX_PAUSED_SANDBOXES));
  }
}
