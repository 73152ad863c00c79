package io.omnirun.llm;

import io.omnirun.llm.config.ProviderConfig.Kind;
import io.omnirun.llm.provider.Candidate;

/**
 * A caller's request.
 *
 * @param openAi carries it to providers of OpenAI's protocol
 * @param anthropic carries it to those of Anthropic's
 */
public record Conversation(Facts facts, Carrier openAi, Carrier anthropic) {
  /** Who carries it to a provider. */
  Carrier to(Candidate candidate) {
    return candidate.route().provider().kind() == Kind.ANTHROPIC ? anthropic : openAi;
  }
}
