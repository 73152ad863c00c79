package io.omnirun.llm.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.llm.config.LlmConfig.Alias;
import io.omnirun.llm.config.ProviderConfig.Kind;
import io.omnirun.model.CapPeriod;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmPrice;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LlmConfigFileTest {
  @TempDir private Path directory;

  private LlmConfig load(String yaml) throws IOException {
    return LlmConfigFile.load(Files.writeString(directory.resolve("llm.yaml"), yaml));
  }

  @Test
  void whereNothingIsSaidNothingIsServedAndTheUsualCapHolds() throws IOException {
    LlmConfig config = load("providers:\nmodels:\n");
    assertThat(config).isEqualTo(LlmConfig.NONE);
    assertThat(config.refusesUnknownPrice()).isTrue();
    assertThat(config.usualCap())
        .isEqualTo(
            new LlmCap(OptionalLong.of(5_000_000_000_000L), OptionalLong.empty(), CapPeriod.MONTH));
  }

  @Test
  void aProviderAndAModelHaveDefaults() throws IOException {
    LlmConfig config =
        load(
            """
            providers:
              one: {url: "http://a.example"}
            models:
              own/model: {routes: [{provider: one, model: nobody-knows-it}]}
            """);
    RouteConfig route = config.models().getFirst().routes().getFirst();
    assertThat(route.weight()).isOne();
    assertThat(route.provider())
        .isEqualTo(
            new ProviderConfig(
                "one",
                Kind.OPENAI,
                URI.create("http://a.example"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Duration.ofSeconds(5),
                Duration.ofMinutes(5),
                Duration.ofMinutes(2)));
    assertThat(config.models().getFirst().pricing()).isEmpty();
    assertThat(config.models().getFirst().fallbacks()).isEmpty();
    assertThat(config.aliases()).isEmpty();
  }

  @Test
  void everyKeyIsRead() throws IOException {
    LlmConfig config =
        load(
            """
            providers:
              east:
                kind: azure
                url: "https://east.example/deep//"
                key-file: /run/key
                api-version: 2026-01-01-preview
                connect-timeout-ms: 1
                first-byte-timeout-ms: 2
                idle-timeout-ms: 3600000
              west: {kind: anthropic, url: "https://west.example", vault-key: MY_KEY}
            models:
              own/model:
                aliases: [quick, "gpt-4"]
                routes:
                  - {provider: east, model: deployment, weight: 1000}
                  - {provider: west, model: claude}
                fallbacks: [other]
                price:
                  prompt: 1.5
                  cached: 0.000001
                  cache-write: 1000
                  completion: 0
                  max-prompt-tokens: 1
                  max-completion-tokens: 10000000
                  max-image-tokens: 3
              other: {routes: [{provider: west, model: gpt-4o}]}
            unknown-price: free
            cap: {cents: 7, tokens: 8, period: day}
            """);
    ProviderConfig east =
        new ProviderConfig(
            "east",
            Kind.AZURE,
            URI.create("https://east.example/deep"),
            Optional.of(Path.of("/run/key")),
            Optional.empty(),
            Optional.of("2026-01-01-preview"),
            Duration.ofMillis(1),
            Duration.ofMillis(2),
            Duration.ofHours(1));
    ModelConfig model = config.models().getFirst();
    assertThat(model.id()).isEqualTo("own/model");
    assertThat(model.owner()).isEqualTo("own");
    assertThat(model.routes().getFirst()).isEqualTo(new RouteConfig(east, "deployment", 1_000));
    ProviderConfig west = model.routes().getLast().provider();
    assertThat(west.kind()).isEqualTo(Kind.ANTHROPIC);
    assertThat(west.vaultKey()).hasValue("MY_KEY");
    assertThat(model.fallbacks()).containsExactly("other");
    assertThat(model.pricing())
        .hasValue(new Pricing(new LlmPrice(1_500_000, 1, 1_000_000_000, 0), 1, 10_000_000, 3));
    assertThat(config.models().getLast().pricing())
        .isEqualTo(PriceList.own().find("gpt-4o"))
        .isPresent();
    assertThat(config.aliases())
        .isEqualTo(List.of(new Alias("quick", "own/model"), new Alias("gpt-4", "own/model")));
    assertThat(config.refusesUnknownPrice()).isFalse();
    assertThat(config.usualCap())
        .isEqualTo(new LlmCap(OptionalLong.of(70_000_000_000L), OptionalLong.of(8), CapPeriod.DAY));
  }

  @Test
  void aCapMayBoundNothing() throws IOException {
    assertThat(load("cap: {period: total}").usualCap()).isEqualTo(LlmCap.NONE);
  }

  @Test
  void anOwnListOfPricesCountsMoreThanTheServers() throws IOException {
    Path prices =
        Files.writeString(
            directory.resolve("prices.yaml"),
            "models:\n  gpt-4o: {prompt: 7, completion: 8}\n  mine: {prompt: 1, completion: 2}\n");
    LlmConfig config =
        load(
            """
            prices-file: "%s"
            providers: {p: {url: "http://a.example"}}
            models:
              a: {routes: [{provider: p, model: gpt-4o}]}
              b: {routes: [{provider: p, model: mine}]}
              c: {routes: [{provider: p, model: gpt-4o-mini}]}
              gpt-4.1: {routes: [{provider: p, model: mine}]}
            """
                .formatted(prices));
    assertThat(config.models())
        .extracting(model -> model.pricing().orElseThrow().price().prompt())
        .containsExactly(7_000_000L, 1_000_000L, 150_000L, 2_000_000L);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "`colour: red`                                         | has a key \"colour\"",
        "`providers: {p: {url: \"http://a\", colour: red}}`    | providers.p has a key \"colour\"",
        "`models: {m: {colour: red}}`                          | models.m has a key \"colour\"",
        "`models: {m: {routes: [{colour: red}]}}`              | models.m.routes[] has a key"
            + " \"colour\"",
        "`cap: {colour: red}`                                  | cap has a key \"colour\"",
        "`models: {m: {routes: [{provider: p, model: x}]}}`    | names a provider that there is"
            + " not",
        "`models: {m: {}}`                                     | models.m must have routes",
        "`models: {m: {routes: []}}`                           | models.m must have routes",
        "`models: {m: {routes: x}}`                            | models.m.routes must be a list",
        "`models: []`                                          | models must be a mapping",
        "`providers: {p: {}}`                                  | providers.p.url must be a text",
        "`providers: {p: {url: 7}}`                            | providers.p.url must be a text",
        "`providers: {p: {url: \"ftp://a\"}}`                  | must be http://host",
        "`providers: {p: {url: \"http:///a\"}}`                | must be http://host",
        "`providers: {p: {url: \"a.example\"}}`                | must be http://host",
        "`providers: {p: {url: \"http://a b\"}}`               | must be http://host",
        "`providers: {p: {url: \"http://a/?b=c\"}}`            | must be http://host",
        "`providers: {p: {url: \"http://a/#b\"}}`              | must be http://host",
        "`providers: {p: {url: \"http://user:hush@a/\"}}`      | must be http://host",
        "`providers: {p: {kind: best, url: \"http://a\"}}`     | must be one of openai, azure,"
            + " anthropic",
        "`providers: {p: {url: \"http://a\", key-file: a, vault-key: B}}` | give one",
        "`providers: {p: {url: \"http://a\", api-version: \"1\"}}` | only then",
        "`providers: {p: {kind: azure, url: \"http://a\"}}`    | must have an api-version",
        "`providers: {p: {url: \"http://a\", idle-timeout-ms: 0}}` | idle-timeout-ms must be a"
            + " whole number",
        "`providers: {p: {url: \"http://a\", idle-timeout-ms: 3600001}}` | from 1 to 3600000",
        "`providers: {p: {url: \"http://a\", idle-timeout-ms: 1.5}}` | idle-timeout-ms must be a"
            + " whole number",
        "`providers: {p: {url: \"http://a\", idle-timeout-ms: 99999999999999999999}}` | must be a"
            + " whole number",
        "`unknown-price: maybe`                                | must be one of refuse, free",
        "`cap: {cents: -1}`                                    | cap.cents must be a whole number",
        "`cap: {cents: 100000001}`                             | cap.cents must be a whole number",
        "`cap: {tokens: some}`                                 | cap.tokens must be a whole number",
        "`cap: {period: year}`                                 | must be one of month, day, total",
        "`prices-file: /nowhere/at.all`                        | is no YAML that can be read",
        "`cap: {cents: 1, cents: 2}`                           | is no YAML that can be read",
        "`cap: [`                                              | is no YAML that can be read"
      })
  void whatMakesNoSenseStopsTheServerAndSaysWhere(String yaml, String problem) {
    requireRefused(yaml, problem);
  }

  private void requireRefused(String yaml, String problem) {
    assertThatThrownBy(() -> load(yaml))
        .isInstanceOfSatisfying(
            OmniRunException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIGURATION_INVALID))
        .hasMessageContaining(problem);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "`weight: 0`                                    | weight must be a whole number",
        "`weight: 1001`                                 | weight must be a whole number",
        "`model: null`                                  | model must be a text"
      })
  void aRouteThatMakesNoSenseIsRefused(String field, String problem) {
    requireRefused(
        "providers: {p: {url: \"http://a\"}}\nmodels: {m: {routes: [{provider: p, %s%s}]}}"
            .formatted(field.startsWith("model") ? "" : "model: x, ", field),
        problem);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "`fallbacks: [gone]`                            | models.m.fallbacks must be ids of other"
            + " models",
        "`fallbacks: [m]`                               | models.m.fallbacks must be ids of other"
            + " models",
        "`aliases: [n]`                                 | models.m.aliases",
        "`aliases: [twice, twice]`                      | models.m.aliases",
        "`price: {prompt: 1}`                           | models.m.price.completion must be a"
            + " number",
        "`price: {prompt: -1, completion: 1}`           | models.m.price.prompt must be dollars",
        "`price: {prompt: 1, completion: 1000.000001}`  | models.m.price.completion must be"
            + " dollars",
        "`price: {prompt: cheap, completion: 1}`        | models.m.price.prompt must be a number",
        "`price: {prompt: .inf, completion: 1}`         | is no YAML that can be read",
        "`price: {prompt: 1, completion: 1, max-prompt-tokens: 0}` | max-prompt-tokens must be a"
            + " whole number",
        "`price: {prompt: 1, completion: 1, max-completion-tokens: 10000001}` |"
            + " max-completion-tokens must be a whole number",
        "`price: {prompt: 1, completion: 1, colour: red}` | models.m.price has a key \"colour\""
      })
  void aModelThatMakesNoSenseIsRefused(String field, String problem) {
    requireRefused(
        """
        providers: {p: {url: "http://a"}}
        models:
          m: {routes: [{provider: p, model: x}], %s}
          n: {routes: [{provider: p, model: x}]}
        """
            .formatted(field),
        problem);
  }
}
