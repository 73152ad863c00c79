package io.omnirun.llm.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.omnirun.model.LlmPrice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PriceListTest {
  private static final YAMLMapper YAML =
      YAMLMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private static PriceList list(String yaml) throws JsonProcessingException {
    return PriceList.of(new YamlNode("", YAML.readTree(yaml)));
  }

  private static LlmPrice price(PriceList list, String model) {
    return list.find(model).orElseThrow().price();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt-4o", "gpt-5", "claude-sonnet-4-5", "claude-haiku-4-5"})
  void theServersOwnListKnowsTheCommonModels(String model) {
    Pricing pricing = PriceList.own().find(model).orElseThrow();
    assertThat(pricing.price().prompt()).isPositive();
    assertThat(pricing.price().completion()).isGreaterThan(pricing.price().prompt());
    assertThat(pricing.price().cached()).isLessThan(pricing.price().prompt());
    assertThat(pricing.price().cacheWrite()).isGreaterThanOrEqualTo(pricing.price().prompt());
    assertThat(pricing.maxPromptTokens()).isGreaterThan(pricing.maxCompletionTokens());
    assertThat(PriceList.own().find(model + "-of-tomorrow")).isEmpty();
  }

  @Test
  void pricesAreDollarsForAMillionTokens() {
    assertThat(price(PriceList.own(), "gpt-4o"))
        .isEqualTo(new LlmPrice(2_500_000, 1_250_000, 2_500_000, 10_000_000));
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "0.1, 100000", "0.0000001, 1", "0.1234567, 123457", "1000, 1000000000"})
  void whatIsLessThanAPicodollarIsRoundedUp(String dollars, long picodollars) throws Exception {
    PriceList list = list("models: {m: {prompt: %s, completion: 0}}".formatted(dollars));
    assertThat(price(list, "m").prompt()).isEqualTo(picodollars);
  }

  @Test
  void whatIsNotSaidOfCachesCostsWhatAPromptDoesAndBoundsAreWide() throws Exception {
    Pricing pricing = list("models: {m: {prompt: 3, completion: 4}}").find("m").orElseThrow();
    assertThat(pricing)
        .isEqualTo(
            new Pricing(
                new LlmPrice(3_000_000, 3_000_000, 3_000_000, 4_000_000),
                Pricing.UNKNOWN_PROMPT_TOKENS,
                Pricing.UNKNOWN_COMPLETION_TOKENS,
                Pricing.UNKNOWN_IMAGE_TOKENS));
  }

  @Test
  void anotherListsEntriesCountMoreAndAsAWhole() throws Exception {
    PriceList one =
        list("models: {a: {prompt: 1, cached: 0, completion: 1}, b: {prompt: 2, completion: 2}}");
    PriceList other =
        list("models: {a: {prompt: 5, completion: 6}, c: {prompt: 7, completion: 8}}");
    PriceList both = one.overriddenBy(other);
    assertThat(price(both, "a"))
        .isEqualTo(new LlmPrice(5_000_000, 5_000_000, 5_000_000, 6_000_000));
    assertThat(price(both, "b").prompt()).isEqualTo(2_000_000);
    assertThat(price(both, "c").prompt()).isEqualTo(7_000_000);
    assertThat(price(one, "a").prompt()).isEqualTo(1_000_000);
  }
}
