package io.omnirun.llm.config;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.omnirun.llm.config.LlmConfig.Alias;
import io.omnirun.llm.config.ProviderConfig.Kind;
import io.omnirun.model.CapPeriod;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.LlmCap;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Picodollars;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Reads the file that {@code llm.config} names; docs/llm.md describes it. Unknown keys and values
 * that make no sense stop the server.
 */
public final class LlmConfigFile {
  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .build();

  private static final int MAX_WEIGHT = 1_000;
  private static final long MAX_TIMEOUT_MS = 3_600_000;
  private static final long CONNECT_TIMEOUT_MS = 5_000;

  /** Models that think first are silent for long. */
  private static final long FIRST_BYTE_TIMEOUT_MS = 300_000;

  private static final long IDLE_TIMEOUT_MS = 120_000;

  private final Map<String, ProviderConfig> providers = new HashMap<>();
  private final PriceList prices;

  private LlmConfigFile(PriceList prices) {
    this.prices = prices;
  }

  /**
   * @throws OmniRunException CONFIGURATION_INVALID saying what is wrong, and where
   */
  public static LlmConfig load(Path file) {
    YamlNode root =
        read(file).withFields("providers", "models", "prices-file", "unknown-price", "cap");
    PriceList prices =
        root.at("prices-file")
            .optionalText()
            .map(own -> PriceList.own().overriddenBy(PriceList.of(read(Path.of(own)))))
            .orElseGet(PriceList::own);
    return new LlmConfigFile(prices).config(root);
  }

  private static YamlNode read(Path file) {
    try {
      return new YamlNode("", YAML.readTree(Files.readString(file)));
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID, "the file " + file + " is no YAML that can be read", e);
    }
  }

  private LlmConfig config(YamlNode root) {
    root.at("providers")
        .fields()
        .forEach((name, node) -> providers.put(name, provider(name, node)));
    List<ModelConfig> models = new ArrayList<>();
    List<Alias> aliases = new ArrayList<>();
    root.at("models")
        .fields()
        .forEach(
            (id, node) -> {
              models.add(model(id, node));
              node.at("aliases").list().forEach(name -> aliases.add(new Alias(name.text(), id)));
            });
    requireFallbacks(root, models);
    requireNames(root, models, aliases);
    return new LlmConfig(
        models,
        aliases,
        root.at("unknown-price").oneOf(List.of("refuse", "free")).equals("refuse"),
        cap(root.at("cap")));
  }

  private static ProviderConfig provider(String name, YamlNode node) {
    node.withFields(
        "kind",
        "url",
        "key-file",
        "vault-key",
        "api-version",
        "connect-timeout-ms",
        "first-byte-timeout-ms",
        "idle-timeout-ms");
    Kind kind =
        Kind.valueOf(
            node.at("kind")
                .oneOf(List.of("openai", "azure", "anthropic"))
                .toUpperCase(Locale.ROOT));
    if (node.at("key-file").isThere() && node.at("vault-key").isThere()) {
      throw node.invalid("has a key-file and a vault-key: give one");
    }
    if ((kind == Kind.AZURE) != node.at("api-version").isThere()) {
      throw node.invalid("must have an api-version if it is azure, and only then");
    }
    return new ProviderConfig(
        name,
        kind,
        url(node.at("url")),
        node.at("key-file").optionalText().map(Path::of),
        node.at("vault-key").optionalText(),
        node.at("api-version").optionalText(),
        timeout(node.at("connect-timeout-ms"), CONNECT_TIMEOUT_MS),
        timeout(node.at("first-byte-timeout-ms"), FIRST_BYTE_TIMEOUT_MS),
        timeout(node.at("idle-timeout-ms"), IDLE_TIMEOUT_MS));
  }

  private static URI url(YamlNode node) {
    try {
      URI url = URI.create(node.text().replaceAll("/+$", ""));
      boolean isWeb = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
      boolean hasMore =
          url.getRawQuery() != null || url.getRawFragment() != null || url.getRawUserInfo() != null;
      if (isWeb && url.getHost() != null && !hasMore) {
        return url;
      }
    } catch (IllegalArgumentException e) {
      throw node.invalid("must be http://host or https://host, with a path if need be");
    }
    throw node.invalid("must be http://host or https://host, with a path if need be");
  }

  private static Duration timeout(YamlNode node, long fallbackMs) {
    return Duration.ofMillis(node.number(fallbackMs, 1, MAX_TIMEOUT_MS));
  }

  private ModelConfig model(String id, YamlNode node) {
    node.withFields("aliases", "routes", "fallbacks", "price");
    List<RouteConfig> routes = node.at("routes").list().stream().map(this::route).toList();
    if (routes.isEmpty()) {
      throw node.invalid("must have routes");
    }
    return new ModelConfig(
        id,
        routes,
        node.at("fallbacks").list().stream().map(YamlNode::text).toList(),
        pricing(node, id, routes));
  }

  private Optional<Pricing> pricing(YamlNode node, String id, List<RouteConfig> routes) {
    return node.at("price").isThere()
        ? Optional.of(PriceList.pricing(node.at("price")))
        : prices.find(id).or(() -> prices.find(routes.getFirst().model()));
  }

  private RouteConfig route(YamlNode node) {
    node.withFields("provider", "model", "weight");
    ProviderConfig provider = providers.get(node.at("provider").text());
    if (provider == null) {
      throw node.invalid("names a provider that there is not");
    }
    return new RouteConfig(
        provider, node.at("model").text(), (int) node.at("weight").number(1, 1, MAX_WEIGHT));
  }

  private static void requireFallbacks(YamlNode root, List<ModelConfig> models) {
    List<String> ids = models.stream().map(ModelConfig::id).toList();
    for (ModelConfig model : models) {
      if (!ids.containsAll(model.fallbacks()) || model.fallbacks().contains(model.id())) {
        throw root.at("models." + model.id() + ".fallbacks").invalid("must be ids of other models");
      }
    }
  }

  /** A name that two models have would be the one's or the other's by the order of the file. */
  private static void requireNames(YamlNode root, List<ModelConfig> models, List<Alias> aliases) {
    Set<String> names = new HashSet<>();
    models.forEach(model -> names.add(model.id()));
    for (Alias alias : aliases) {
      if (!names.add(alias.name())) {
        throw root.at("models." + alias.model() + ".aliases")
            .invalid("must be names that nothing else has: " + alias.name());
      }
    }
  }

  private static LlmCap cap(YamlNode node) {
    if (!node.isThere()) {
      return LlmConfig.USUAL_CAP;
    }
    node.withFields("cents", "tokens", "period");
    String period = node.at("period").oneOf(List.of("month", "day", "total"));
    return new LlmCap(
        node.at("cents").isThere()
            ? OptionalLong.of(
                node.at("cents").number(0, 0, LlmCap.MAX_PICODOLLARS / Picodollars.PER_CENT)
                    * Picodollars.PER_CENT)
            : OptionalLong.empty(),
        node.at("tokens").isThere()
            ? OptionalLong.of(node.at("tokens").number(0, 0, LlmCap.MAX_TOKENS))
            : OptionalLong.empty(),
        CapPeriod.parse(period).orElseThrow());
  }
}
