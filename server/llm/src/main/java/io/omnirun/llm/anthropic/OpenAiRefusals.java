package io.omnirun.llm.anthropic;

/**
 * What OpenAI's clients can ask for and Anthropic does not do. Hints that are not promises are not
 * refused but dropped: seed, penalties, prediction, verbosity, service_tier, store, metadata, and
 * whatever is unknown.
 */
final class OpenAiRefusals {
  private OpenAiRefusals() {}

  /**
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST naming the first field that cannot be
   *     kept to
   */
  static void check(RequestFields request) {
    if (request.positive("n").orElse(1) > 1) {
      throw InvalidRequest.at("n", "must be 1 for this model");
    }
    if (request.bool("logprobs").orElse(false)) {
      throw request.untranslatable("logprobs");
    }
    if (request.node("logit_bias").filter(bias -> !bias.isEmpty()).isPresent()) {
      throw request.untranslatable("logit_bias");
    }
    if (request.texts("modalities").stream().anyMatch(mode -> !mode.equals("text"))) {
      throw InvalidRequest.at("modalities", "must be [\"text\"] for this model");
    }
    for (String name : new String[] {"audio", "functions", "function_call", "web_search_options"}) {
      if (request.has(name)) {
        throw request.untranslatable(name);
      }
    }
  }
}
