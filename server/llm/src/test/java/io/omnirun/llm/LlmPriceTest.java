package io.omnirun.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.llm.config.ModelConfig;
import io.omnirun.llm.config.Pricing;
import io.omnirun.llm.config.ProviderConfig;
import io.omnirun.llm.config.RouteConfig;
import io.omnirun.llm.provider.Candidate;
import io.omnirun.model.LlmPrice;
import io.omnirun.model.LlmUsage;
import io.omnirun.model.OmniRunException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What calls cost, and can cost. */
class LlmPriceTest {
  private static final LlmPrice PRICE = new LlmPrice(10, 1, 20, 50);

  @ParameterizedTest
  @CsvSource({
    "0,   0,  0,  0, 0",
    "100, 0,  0,  0, 1000",
    "100, 40, 0,  0, 640",
    "100, 40, 30, 0, 940",
    "100, 40, 60, 7, 1590",
    "0,   0,  0,  7, 350"
  })
  void eachTokenIsPaidForOnce(long prompt, long cached, long write, long completion, long cost) {
    assertThat(PRICE.costOf(new LlmUsage(prompt, cached, write, completion, completion)))
        .isEqualTo(cost);
  }

  @Test
  void theWorstIsNeverLessThanWhatItComesTo() {
    LlmUsage[] usages = {
      new LlmUsage(100, 0, 100, 7, 0), new LlmUsage(100, 100, 0, 7, 7), LlmUsage.of(100, 7)
    };
    for (LlmPrice price : new LlmPrice[] {PRICE, new LlmPrice(1, 9, 3, 2), LlmPrice.FREE}) {
      for (LlmUsage usage : usages) {
        assertThat(price.worstCost(100, 7)).isGreaterThanOrEqualTo(price.costOf(usage));
      }
    }
  }

  @Test
  void whatNoTokenCostsIsNoPrice() {
    long most = LlmPrice.MAX_PICODOLLARS;
    assertThat(new LlmPrice(most, most, most, most).prompt()).isEqualTo(most);
    for (long wrong : new long[] {-1, most + 1}) {
      for (LlmPriceOf price : PRICES) {
        assertThatThrownBy(() -> price.with(wrong)).isInstanceOf(OmniRunException.class);
      }
    }
  }

  /** A price with one number in each of its places. */
  private interface LlmPriceOf {
    LlmPrice with(long number);
  }

  private static final List<LlmPriceOf> PRICES =
      List.of(
          n -> new LlmPrice(n, 0, 0, 0),
          n -> new LlmPrice(0, n, 0, 0),
          n -> new LlmPrice(0, 0, n, 0),
          n -> new LlmPrice(0, 0, 0, n));

  @ParameterizedTest
  @CsvSource({
    "-5, 0, 0, -5, 0,            0, 0, 0, 0, 0",
    "10, 20, 0, 5, 9,            10, 10, 0, 5, 5",
    "10, 6, 7, 0, 1,             10, 6, 4, 0, 0",
    "10, -6, -7, 3, -1,          10, 0, 0, 3, 0",
    "9223372036854775807, 1, 1, 9223372036854775807, 1,  100000000, 1, 1, 100000000, 1",
    "-9223372036854775808, 1, 1, 1, 1,  0, 0, 0, 1, 1"
  })
  void providersAreNotBelievedWhatMakesNoSense(
      long prompt,
      long cached,
      long write,
      long completion,
      long reasoning,
      long p,
      long ca,
      long w,
      long co,
      long r) {
    LlmUsage usage = new LlmUsage(prompt, cached, write, completion, reasoning);
    assertThat(
            List.of(
                usage.promptTokens(),
                usage.cachedTokens(),
                usage.cacheWriteTokens(),
                usage.completionTokens(),
                usage.reasoningTokens()))
        .containsExactly(p, ca, w, co, r);
    assertThat(usage.totalTokens()).isEqualTo(p + co);
  }

  private static Candidate candidate(Pricing pricing) {
    ProviderConfig provider =
        new ProviderConfig(
            "p",
            ProviderConfig.Kind.OPENAI,
            URI.create("http://a.example"),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1));
    RouteConfig route = new RouteConfig(provider, "m", 1);
    return new Candidate(
        new ModelConfig("m", List.of(route), List.of(), Optional.of(pricing)), route);
  }

  private static Facts facts(PromptSize prompt, OptionalLong most, int choices) {
    return new Facts("m", false, prompt, most, choices);
  }

  @Test
  void theWorstCaseIsThatOfTheDearestWhoMayAnswer() {
    Candidate cheap = candidate(new Pricing(new LlmPrice(1, 1, 1, 1), 1_000, 500, 10));
    Candidate dear = candidate(new Pricing(new LlmPrice(5, 5, 6, 2), 1_000, 50, 10));
    Facts facts = facts(new PromptSize(100, 0, false), OptionalLong.of(80), 2);
    assertThat(WorstCase.of(facts, List.of(cheap)).picodollars()).isEqualTo(100 + 160);
    assertThat(WorstCase.of(facts, List.of(dear)).picodollars()).isEqualTo(600 + 200);
    assertThat(WorstCase.of(facts, List.of(cheap, dear)).picodollars()).isEqualTo(800);
    assertThat(WorstCase.of(facts, List.of(cheap, dear)).tokens()).isEqualTo(260);
  }

  @Test
  void whereNothingBoundsItTheModelDoes() {
    Candidate candidate = candidate(new Pricing(new LlmPrice(1, 1, 1, 1), 1_000, 500, 10));
    PromptSize huge = new PromptSize(1_000_000, 3, false);
    assertThat(WorstCase.of(facts(huge, OptionalLong.empty(), 1), List.of(candidate)).tokens())
        .isEqualTo(1_500);
    PromptSize pictures = new PromptSize(100, 3, false);
    assertThat(WorstCase.of(facts(pictures, OptionalLong.of(1), 1), List.of(candidate)).tokens())
        .isEqualTo(131);
  }

  @Test
  void theWorstOfAllCallsFitsALong() {
    long most = LlmPrice.MAX_PICODOLLARS;
    Candidate candidate =
        candidate(
            new Pricing(new LlmPrice(most, most, most, most), 10_000_000, 10_000_000, 10_000_000));
    Facts facts = facts(new PromptSize(16_000_000, 1_000_000, true), OptionalLong.empty(), 128);
    assertThat(WorstCase.of(facts, List.of(candidate)).picodollars())
        .isEqualTo(most * 10_000_000 * 129);
  }
}
