package io.omnirun.llm;

import io.omnirun.llm.config.Pricing;
import io.omnirun.llm.provider.Candidate;
import io.omnirun.model.LlmAmounts;
import java.util.List;

/** The most that a call can cost: with the dearest of those who may answer it. */
final class WorstCase {
  private WorstCase() {}

  static LlmAmounts of(Facts facts, List<Candidate> plan) {
    return plan.stream()
        .map(candidate -> of(facts, candidate.pricing()))
        .reduce(LlmAmounts.NONE, LlmAmounts::max);
  }

  private static LlmAmounts of(Facts facts, Pricing pricing) {
    long prompt = facts.prompt().most(pricing.maxImageTokens(), pricing.maxPromptTokens());
    long completion = completionTokens(facts, pricing);
    return new LlmAmounts(pricing.price().worstCost(prompt, completion), prompt + completion);
  }

  /** An answer is never longer than the model can, whatever is asked for. */
  static long completionTokens(Facts facts, Pricing pricing) {
    long each =
        Math.min(
            facts.maxCompletionTokens().orElse(pricing.maxCompletionTokens()),
            pricing.maxCompletionTokens());
    return each * facts.choices();
  }
}
