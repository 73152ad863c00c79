package io.omnirun.llm.config;

import java.util.List;
import java.util.Optional;

/**
 * A model that is served.
 *
 * @param id by which callers know it, {@code provider/model} by custom
 * @param routes one at least
 * @param fallbacks ids of the models that answer when no route does
 * @param pricing empty: nobody knows what it costs
 */
public record ModelConfig(
    String id, List<RouteConfig> routes, List<String> fallbacks, Optional<Pricing> pricing) {
  /** What it costs; of one whose price nobody knows, nothing. */
  public Pricing knownPricing() {
    return pricing.orElse(Pricing.UNKNOWN);
  }

  /** The part of the id before the first slash; the whole where there is none. */
  public String owner() {
    int slash = id.indexOf('/');
    return slash < 0 ? id : id.substring(0, slash);
  }
}
