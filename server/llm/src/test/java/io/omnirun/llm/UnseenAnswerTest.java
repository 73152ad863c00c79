package io.omnirun.llm;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.llm.config.Pricing;
import io.omnirun.model.LlmPrice;
import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnseenAnswerTest {
  private static final Pricing MOST_1000 = new Pricing(LlmPrice.FREE, 10_000, 1_000, 0);

  @ParameterizedTest
  @CsvSource({
    "0, 0, 1, 0",
    "5, 0, 1, 0",
    "10, 0, 1, 1",
    "2000, 0, 1, 200",
    "2000, 0, 3, 600",
    "2000, 150, 1, 150",
    "2000, 150, 2, 300",
    "60000, 0, 1, 1000",
    "60000, 5000, 2, 2000",
    "3600000, 0, 128, 128000"
  })
  void growsWithTimeUpToWhatTheCallCanBe(long millis, long asked, int choices, long tokens) {
    Facts facts =
        new Facts(
            "m",
            false,
            new PromptSize(10, 0, false),
            asked == 0 ? OptionalLong.empty() : OptionalLong.of(asked),
            choices);
    assertThat(UnseenAnswer.tokens(facts, MOST_1000, Duration.ofMillis(millis))).isEqualTo(tokens);
  }
}
