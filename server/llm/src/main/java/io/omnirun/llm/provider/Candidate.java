package io.omnirun.llm.provider;

import io.omnirun.llm.config.ModelConfig;
import io.omnirun.llm.config.Pricing;
import io.omnirun.llm.config.RouteConfig;

/** One way in which a call could be answered. */
public record Candidate(ModelConfig model, RouteConfig route) {
  /** What it costs; if nobody knows, nothing. */
  public Pricing pricing() {
    return model.knownPricing();
  }
}
