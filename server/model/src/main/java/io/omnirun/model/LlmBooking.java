package io.omnirun.model;

import java.time.Instant;
import java.util.Optional;

/**
 * What a call of a language model has used up, to be written down once.
 *
 * @param model by the name that callers know
 * @param costPicodollars what it costs the account
 * @param estimated whether the provider did not say what it used
 */
public record LlmBooking(
    AccountId account,
    Optional<TokenId> token,
    Optional<SandboxId> sandbox,
    String model,
    Instant at,
    LlmUsage usage,
    long costPicodollars,
    boolean estimated) {
  /** What it takes out of budgets. */
  public LlmAmounts amounts() {
    return new LlmAmounts(costPicodollars, usage.totalTokens());
  }
}
