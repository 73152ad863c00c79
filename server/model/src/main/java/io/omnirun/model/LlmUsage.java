package io.omnirun.model;

/**
 * The tokens that a call of a language model has used up.
 *
 * @param promptTokens of what was sent, all of it
 * @param cachedTokens those of them that the provider had kept from an earlier call
 * @param cacheWriteTokens those of them that it keeps for later ones
 * @param completionTokens of the answer, all of it
 * @param reasoningTokens those of them that nobody is shown
 */
public record LlmUsage(
    long promptTokens,
    long cachedTokens,
    long cacheWriteTokens,
    long completionTokens,
    long reasoningTokens) {
  public static final LlmUsage NONE = new LlmUsage(0, 0, 0, 0, 0);

  /** Beyond any model's context: a provider that says more errs, and sums of them fit a long. */
  private static final long MAX_TOKENS = 100_000_000;

  /** Providers are not believed what makes no sense: each number is bounded by its whole. */
  public LlmUsage {
    promptTokens = bounded(promptTokens, MAX_TOKENS);
    cachedTokens = bounded(cachedTokens, promptTokens);
    cacheWriteTokens = bounded(cacheWriteTokens, promptTokens - cachedTokens);
    completionTokens = bounded(completionTokens, MAX_TOKENS);
    reasoningTokens = bounded(reasoningTokens, completionTokens);
  }

  private static long bounded(long value, long max) {
    return Math.clamp(value, 0, max);
  }

  /** Prompt and completion of a call about which nothing else is known. */
  public static LlmUsage of(long promptTokens, long completionTokens) {
    return new LlmUsage(promptTokens, 0, 0, completionTokens, 0);
  }

  public long totalTokens() {
    return promptTokens + completionTokens;
  }
}
