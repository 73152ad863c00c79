package io.omnirun.llm.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.llm.config.LlmConfig;
import io.omnirun.llm.config.LlmConfig.Alias;
import io.omnirun.llm.config.ModelConfig;
import io.omnirun.llm.config.Pricing;
import io.omnirun.llm.config.RouteConfig;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmGrant;
import io.omnirun.model.LlmGrant.OnSpent;
import io.omnirun.model.OmniRunException;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelCatalogTest {
  private static final Optional<LlmGrant> ANY = Optional.empty();

  private final ModelCatalog catalog = catalog(true);

  private static ModelCatalog catalog(boolean refusesUnknownPrice) {
    return new ModelCatalog(
        new LlmConfig(
            List.of(
                model("openai/small", true, "openai/large", "free/odd"),
                model("openai/large", true),
                model("other/large", true),
                model("plain", true),
                model("other/plain", true),
                model("router/meta/deep", true),
                model("free/odd", false)),
            List.of(new Alias("quick", "openai/small"), new Alias("openai/large", "plain")),
            refusesUnknownPrice,
            LlmConfig.USUAL_CAP));
  }

  private static ModelConfig model(String id, boolean isPriced, String... fallbacks) {
    RouteConfig route =
        TestModels.route(TestModels.provider("p", URI.create("http://a.example")), id);
    return new ModelConfig(
        id,
        List.of(route),
        List.of(fallbacks),
        isPriced ? Optional.of(Pricing.UNKNOWN) : Optional.empty());
  }

  private static Optional<LlmGrant> grant(String... models) {
    return Optional.of(new LlmGrant(List.of(models), LlmCap.NONE, OnSpent.REFUSE));
  }

  private static void requireRefused(
      ModelCatalog catalog, String name, Optional<LlmGrant> grant, ErrorCode code) {
    assertThatThrownBy(() -> catalog.find(name, grant))
        .isInstanceOfSatisfying(OmniRunException.class, e -> assertThat(e.code()).isEqualTo(code));
  }

  @ParameterizedTest
  @CsvSource({
    "openai/small,     openai/small",
    "small,            openai/small",
    "quick,            openai/small",
    "openai/large,     openai/large",
    "other/large,      other/large",
    "plain,            plain",
    "other/plain,      other/plain",
    "router/meta/deep, router/meta/deep",
    "meta/deep,        router/meta/deep"
  })
  void aModelIsFoundByItsIdItsOtherNamesAndItsBareName(String name, String id) {
    assertThat(catalog.find(name, ANY).id()).isEqualTo(id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"large", "deep", "Small", "", "openai/", "openai/small ", "nobody"})
  void whatIsAmbiguousOrUnknownIsNotFound(String name) {
    requireRefused(catalog, name, ANY, ErrorCode.LLM_MODEL_NOT_FOUND);
  }

  @Test
  void aNameWithLineEndsStaysInItsLine() {
    assertThatThrownBy(() -> catalog.find("a\r\nb\u0085", ANY))
        .hasMessageContaining("a  b")
        .hasMessageNotContaining("\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"openai/small", "small", "quick"})
  void aSandboxMayUseWhatItIsGrantedByWhateverName(String granted) {
    assertThat(catalog.find("quick", grant(granted)).id()).isEqualTo("openai/small");
    assertThat(catalog.list(grant(granted)))
        .extracting(ModelConfig::id)
        .containsExactly("openai/small");
    requireRefused(catalog, "plain", grant(granted), ErrorCode.LLM_MODEL_NOT_FOUND);
  }

  @Test
  void aGrantOfNothingKnownIsNoneAndOfNothingNamedAll() {
    assertThat(catalog.list(grant("gone"))).isEmpty();
    requireRefused(catalog, "plain", grant("gone"), ErrorCode.LLM_MODEL_NOT_FOUND);
    requireRefused(catalog, "openai/large", grant("large"), ErrorCode.LLM_MODEL_NOT_FOUND);
    assertThat(catalog.list(grant())).hasSize(7);
  }

  @Test
  void aModelOfUnknownPriceIsRefusedOrFree() {
    requireRefused(catalog, "free/odd", ANY, ErrorCode.LLM_PRICE_UNKNOWN);
    ModelConfig free = catalog(false).find("odd", ANY);
    assertThat(free.knownPricing()).isEqualTo(Pricing.UNKNOWN);
    assertThat(Pricing.UNKNOWN.price().worstCost(1_000, 1_000)).isZero();
  }

  @Test
  void fallbacksAreWhatTheCallerMayUseAndSomebodyKnowsThePriceOf() {
    ModelConfig small = catalog.find("small", ANY);
    assertThat(catalog.fallbacks(small, ANY))
        .extracting(ModelConfig::id)
        .containsExactly("openai/large");
    assertThat(catalog.fallbacks(small, grant("small"))).isEmpty();
    assertThat(catalog(false).fallbacks(small, ANY))
        .extracting(ModelConfig::id)
        .containsExactly("openai/large", "free/odd");
  }
}
