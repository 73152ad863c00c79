package io.omnirun.rest;

import io.omnirun.http.JsonFields;
import io.omnirun.model.CapPeriod;
import io.omnirun.model.LlmCap;
import io.omnirun.model.LlmGrant;
import io.omnirun.model.LlmGrant.OnSpent;
import io.omnirun.model.Picodollars;
import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What a caller says in a create about the sandbox's own key for language models. */
final class LlmBody {
  /** A longer name is no model's, and names go into messages. */
  static final int MAX_MODEL_LENGTH = 200;

  private static final BigDecimal MAX_CENTS = Picodollars.cents(LlmCap.MAX_PICODOLLARS);

  private LlmBody() {}

  /**
   * An object that says nothing means a key without a cap of its own.
   *
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST naming what is wrong
   */
  static Optional<LlmGrant> ofCreate(JsonFields body) {
    return body.optionalObject("llm").map(LlmBody::grant);
  }

  private static LlmGrant grant(JsonFields llm) {
    // A cap that is misspelled would be none.
    llm.allowOnly(List.of("models", "capCents", "capTokens", "onCap"));
    LlmCap cap =
        new LlmCap(
            picodollars(llm), llm.optionalLong("capTokens", 0, LlmCap.MAX_TOKENS), CapPeriod.TOTAL);
    return new LlmGrant(models(llm), cap, onSpent(llm));
  }

  static OptionalLong picodollars(JsonFields llm) {
    return llm.optionalDecimal("capCents", BigDecimal.ZERO, MAX_CENTS)
        .map(cents -> OptionalLong.of(Picodollars.ofCents(cents)))
        .orElse(OptionalLong.empty());
  }

  private static List<String> models(JsonFields llm) {
    List<String> models = llm.stringList("models");
    if (models.size() > LlmGrant.MAX_MODELS) {
      throw InvalidRequest.because(
          "\"llm.models\" names at most %d models, not %,d"
              .formatted(LlmGrant.MAX_MODELS, models.size()));
    }
    for (String model : models) {
      if (model.isBlank() || model.length() > MAX_MODEL_LENGTH) {
        throw InvalidRequest.because(
            "a model in \"llm.models\" has a name of 1 to %d characters"
                .formatted(MAX_MODEL_LENGTH));
      }
    }
    return models;
  }

  private static OnSpent onSpent(JsonFields llm) {
    Optional<String> sent = llm.optionalString("onCap");
    return sent.isEmpty()
        ? OnSpent.REFUSE
        : OnSpent.parse(sent.get())
            .orElseThrow(
                () ->
                    InvalidRequest.because("field \"llm.onCap\" must be \"refuse\" or \"pause\""));
  }
}
