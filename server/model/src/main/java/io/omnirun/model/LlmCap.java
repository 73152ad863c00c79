package io.omnirun.model;

import java.util.OptionalLong;

/**
 * How much of language models an account, a token or a sandbox may use up in a period.
 *
 * @param picodollars millionths of a millionth of a dollar; empty: any
 * @param tokens prompt and completion together; empty: any
 */
public record LlmCap(OptionalLong picodollars, OptionalLong tokens, CapPeriod period) {
  /** A million dollars: sums of such caps fit a long. */
  public static final long MAX_PICODOLLARS = 1_000_000L * 100 * Picodollars.PER_CENT;

  /** More than anybody uses up: sums of such caps fit a long. */
  public static final long MAX_TOKENS = 1_000_000_000_000_000L;

  /** Nothing is bounded. */
  public static final LlmCap NONE =
      new LlmCap(OptionalLong.empty(), OptionalLong.empty(), CapPeriod.TOTAL);

  /**
   * @throws OmniRunException INVALID_REQUEST for a negative one, or one beyond all measure
   */
  public LlmCap {
    require("money", picodollars, MAX_PICODOLLARS);
    require("tokens", tokens, MAX_TOKENS);
  }

  private static void require(String what, OptionalLong cap, long max) {
    if (cap.isPresent() && (cap.getAsLong() < 0 || cap.getAsLong() > max)) {
      throw new OmniRunException(
          ErrorCode.INVALID_REQUEST,
          "a cap of %s is not negative, and at most a million dollars or 10^15 tokens"
              .formatted(what));
    }
  }

  /** Whether so much fits into it while nothing is spent. */
  public boolean fits(LlmAmounts amounts) {
    return amounts.picodollars() <= picodollars.orElse(Long.MAX_VALUE)
        && amounts.tokens() <= tokens.orElse(Long.MAX_VALUE);
  }

  /** Whether it bounds anything. */
  public boolean isBound() {
    return picodollars.isPresent() || tokens.isPresent();
  }
}
