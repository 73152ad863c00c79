package io.omnirun.llm.config;

import io.omnirun.model.CapPeriod;
import io.omnirun.model.LlmCap;
import io.omnirun.model.Picodollars;
import java.util.List;
import java.util.OptionalLong;

/**
 * What an operator has said about language models.
 *
 * @param refusesUnknownPrice whether models are refused of which nobody knows the price
 * @param usualCap of accounts for which nobody has set another
 */
public record LlmConfig(
    List<ModelConfig> models, List<Alias> aliases, boolean refusesUnknownPrice, LlmCap usualCap) {
  /** Another name of a model. */
  public record Alias(String name, String model) {}

  /** Five dollars a month, where the operator says nothing. */
  public static final LlmCap USUAL_CAP =
      new LlmCap(
          OptionalLong.of(500 * Picodollars.PER_CENT), OptionalLong.empty(), CapPeriod.MONTH);

  /** No model is served. */
  public static final LlmConfig NONE = new LlmConfig(List.of(), List.of(), true, USUAL_CAP);
}
