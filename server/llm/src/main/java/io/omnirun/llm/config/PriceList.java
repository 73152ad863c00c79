package io.omnirun.llm.config;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.omnirun.model.LlmPrice;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What models cost, by what their providers call them. One list comes with the server; its head
 * says from where and when its numbers are. Prices are in dollars for a million tokens.
 */
final class PriceList {
  private static final String OWN = "/io/omnirun/llm/prices.yaml";

  /** A dollar for a million tokens is a million picodollars for one. */
  private static final int PICODOLLARS_DIGITS = 6;

  /** With the most answers to a call, at the highest price, the product fits a long. */
  private static final long MAX_TOKENS = 10_000_000;

  private final Map<String, Pricing> pricings;

  private PriceList(Map<String, Pricing> pricings) {
    this.pricings = pricings;
  }

  /** The list that comes with the server. */
  static PriceList own() {
    try (InputStream input = PriceList.class.getResourceAsStream(OWN)) {
      return of(new YamlNode("prices", new YAMLMapper().readTree(input)));
    } catch (IOException e) {
      throw new UncheckedIOException("the server's own list of prices cannot be read", e);
    }
  }

  /** A list as an operator writes it. */
  static PriceList of(YamlNode file) {
    file.withFields("source", "date", "models");
    Map<String, Pricing> pricings = new HashMap<>();
    file.at("models").fields().forEach((name, entry) -> pricings.put(name, pricing(entry)));
    return new PriceList(pricings);
  }

  /** This list with the entries of another, which count more. */
  PriceList overriddenBy(PriceList other) {
    Map<String, Pricing> all = new HashMap<>(pricings);
    all.putAll(other.pricings);
    return new PriceList(all);
  }

  Optional<Pricing> find(String model) {
    return Optional.ofNullable(pricings.get(model));
  }

  /** One entry; what it does not say of caches costs what a prompt does. */
  static Pricing pricing(YamlNode entry) {
    entry.withFields(
        "prompt",
        "cached",
        "cache-write",
        "completion",
        "max-prompt-tokens",
        "max-completion-tokens",
        "max-image-tokens");
    long prompt = picodollars(entry.at("prompt"));
    return new Pricing(
        new LlmPrice(
            prompt,
            optionalPicodollars(entry.at("cached"), prompt),
            optionalPicodollars(entry.at("cache-write"), prompt),
            picodollars(entry.at("completion"))),
        tokens(entry.at("max-prompt-tokens"), Pricing.UNKNOWN_PROMPT_TOKENS),
        tokens(entry.at("max-completion-tokens"), Pricing.UNKNOWN_COMPLETION_TOKENS),
        tokens(entry.at("max-image-tokens"), Pricing.UNKNOWN_IMAGE_TOKENS));
  }

  private static long tokens(YamlNode node, long fallback) {
    return node.number(fallback, 1, MAX_TOKENS);
  }

  private static long optionalPicodollars(YamlNode node, long fallback) {
    return node.isThere() ? picodollars(node) : fallback;
  }

  private static long picodollars(YamlNode node) {
    BigDecimal value = node.decimal().movePointRight(PICODOLLARS_DIGITS);
    if (value.signum() < 0 || value.compareTo(BigDecimal.valueOf(LlmPrice.MAX_PICODOLLARS)) > 0) {
      throw node.invalid("must be dollars for a million tokens: from 0 to 1000");
    }
    return value.setScale(0, RoundingMode.UP).longValueExact();
  }
}
