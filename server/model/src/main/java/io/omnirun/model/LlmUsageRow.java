package io.omnirun.model;

import java.time.LocalDate;
import java.util.Optional;

/**
 * What calls of a day have used up that have account, token, sandbox and model in common.
 *
 * @param token empty: those of a sandbox by its own key
 * @param sandbox empty: those of callers outside
 * @param estimatedCalls those of which the provider did not say what they used
 */
public record LlmUsageRow(
    LocalDate day,
    String model,
    Optional<TokenId> token,
    Optional<SandboxId> sandbox,
    long calls,
    long estimatedCalls,
    Tokens tokens,
    long costPicodollars) {
  /** Sums of what stands in {@link LlmUsage}. */
  public record Tokens(
      long prompt, long cached, long cacheWrite, long completion, long reasoning) {}
}
