package io.omnirun.model;

/** Money, in picodollars, and tokens: what is reserved, spent or left. */
public record LlmAmounts(long picodollars, long tokens) {
  public static final LlmAmounts NONE = new LlmAmounts(0, 0);

  public LlmAmounts plus(LlmAmounts other) {
    return new LlmAmounts(picodollars + other.picodollars, tokens + other.tokens);
  }

  public LlmAmounts minus(LlmAmounts other) {
    return new LlmAmounts(picodollars - other.picodollars, tokens - other.tokens);
  }

  /** The larger of each. */
  public LlmAmounts max(LlmAmounts other) {
    return new LlmAmounts(Math.max(picodollars, other.picodollars), Math.max(tokens, other.tokens));
  }

  /** The smaller of each. */
  public LlmAmounts min(LlmAmounts other) {
    return new LlmAmounts(Math.min(picodollars, other.picodollars), Math.min(tokens, other.tokens));
  }

  /** Whether there is as much of both. */
  public boolean covers(LlmAmounts other) {
    return picodollars >= other.picodollars && tokens >= other.tokens;
  }
}
