package io.omnirun.model;

/**
 * What the tokens of a model cost, in picodollars each: what a million of them costs in
 * microdollars.
 *
 * @param prompt a token that is sent
 * @param cached one that the provider had kept
 * @param cacheWrite one that it keeps
 * @param completion one of the answer, reasoning or not
 */
public record LlmPrice(long prompt, long cached, long cacheWrite, long completion) {
  public static final LlmPrice FREE = new LlmPrice(0, 0, 0, 0);

  /** A dollar for a thousand tokens: with a call's most tokens the product fits a long. */
  public static final long MAX_PICODOLLARS = 1_000_000_000L;

  /**
   * @throws OmniRunException CONFIGURATION_INVALID for what no token costs
   */
  public LlmPrice {
    long least = Math.min(Math.min(prompt, cached), Math.min(cacheWrite, completion));
    long most = Math.max(Math.max(prompt, cached), Math.max(cacheWrite, completion));
    if (least < 0 || most > MAX_PICODOLLARS) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID,
          "a token costs nothing or more, and at most a thousandth of a dollar");
    }
  }

  /** What a call has cost, in picodollars. */
  public long costOf(LlmUsage usage) {
    long fresh = usage.promptTokens() - usage.cachedTokens() - usage.cacheWriteTokens();
    return fresh * prompt
        + usage.cachedTokens() * cached
        + usage.cacheWriteTokens() * cacheWrite
        + usage.completionTokens() * completion;
  }

  /** What so many tokens cost at most, in picodollars. */
  public long worstCost(long promptTokens, long completionTokens) {
    long dearest = Math.max(prompt, Math.max(cached, cacheWrite));
    return promptTokens * dearest + completionTokens * completion;
  }
}
