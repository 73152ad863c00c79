package io.omnirun.llm;

import io.omnirun.llm.config.Pricing;
import java.time.Duration;

/**
 * About how long an answer had become that nobody has seen, for the caller hung up before: else
 * whoever asks, waits and leaves would cost more than is booked.
 */
final class UnseenAnswer {
  /** What hosted models write and think in a second, for each of several answers. */
  private static final int USUAL_TOKENS_PER_SECOND = 100;

  private static final int MILLIS_PER_SECOND = 1_000;

  private UnseenAnswer() {}

  /** Its tokens; never more than were asked for, or than the model can. */
  static long tokens(Facts facts, Pricing pricing, Duration sinceAsked) {
    long written =
        sinceAsked.toMillis() * USUAL_TOKENS_PER_SECOND * facts.choices() / MILLIS_PER_SECOND;
    return Math.min(written, WorstCase.completionTokens(facts, pricing));
  }
}
