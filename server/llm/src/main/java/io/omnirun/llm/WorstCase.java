package io.omnirun.llm;

import io.omnirun.llm.config.Pricing;
import io.omnirun.llm.provider.Candidate;
import io.omnirun.llm.provider.ModelCatalog;
import io.omnirun.model.LlmAmounts;
import java.util.List;

/** The most that a call can cost: with the dearest of those who may answer it. */
final class WorstCase {
  private WorstCase() {}

  static LlmAmounts of(Conversation conversation, List<Candidate> plan) {
    return plan.stream()
        .map(candidate -> of(conversation, ModelCatalog.pricing(candidate.model())))
        .reduce(LlmAmounts.NONE, LlmAmounts::max);
  }

  /** An answer is never longer than the model can, whatever is asked for. */
  private static LlmAmounts of(Conversation conversation, Pricing pricing) {
    long prompt = conversation.prompt().most(pricing.maxImageTokens(), pricing.maxPromptTokens());
    long each =
        Math.min(
            conversation.maxCompletionTokens().orElse(pricing.maxCompletionTokens()),
            pricing.maxCompletionTokens());
    long completion = each * conversation.choices();
    return new LlmAmounts(pricing.price().worstCost(prompt, completion), prompt + completion);
  }
}
