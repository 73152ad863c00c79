package io.omnirun.store;

import io.omnirun.model.LlmBooking;
import io.omnirun.model.SandboxId;
import io.omnirun.model.TokenId;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** What is added to a row of {@code llm_usage}. Public for JDBI's reflection alone. */
public record LlmUsageSums(
    Key key,
    long calls,
    long estimatedCalls,
    long promptTokens,
    long cachedTokens,
    long cacheWriteTokens,
    long completionTokens,
    long reasoningTokens,
    long picodollars) {
  /** The columns that name the row; the empty text for no token or sandbox. */
  public record Key(String accountId, String day, String model, String tokenId, String sandboxId) {
    private static Key of(LlmBooking booking) {
      return new Key(
          booking.account().value(),
          LocalDate.ofInstant(booking.at(), ZoneOffset.UTC).toString(),
          booking.model(),
          booking.token().map(TokenId::value).orElse(""),
          booking.sandbox().map(SandboxId::value).orElse(""));
    }
  }

  static LlmUsageSums of(LlmBooking booking) {
    return new LlmUsageSums(
        Key.of(booking),
        1,
        booking.estimated() ? 1 : 0,
        booking.usage().promptTokens(),
        booking.usage().cachedTokens(),
        booking.usage().cacheWriteTokens(),
        booking.usage().completionTokens(),
        booking.usage().reasoningTokens(),
        booking.costPicodollars());
  }

  /** Both together; of the same row. */
  LlmUsageSums plus(LlmUsageSums other) {
    return new LlmUsageSums(
        key,
        calls + other.calls,
        estimatedCalls + other.estimatedCalls,
        promptTokens + other.promptTokens,
        cachedTokens + other.cachedTokens,
        cacheWriteTokens + other.cacheWriteTokens,
        completionTokens + other.completionTokens,
        reasoningTokens + other.reasoningTokens,
        picodollars + other.picodollars);
  }
}
