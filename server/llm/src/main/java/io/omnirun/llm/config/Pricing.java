package io.omnirun.llm.config;

import io.omnirun.model.LlmPrice;

/**
 * What a model costs, and how much of it a call can be.
 *
 * @param maxPromptTokens that it takes
 * @param maxCompletionTokens that it answers with
 * @param maxImageTokens that a picture can be
 */
public record Pricing(
    LlmPrice price, long maxPromptTokens, long maxCompletionTokens, long maxImageTokens) {
  /** Of models about which nobody has said it: more than any takes now. */
  public static final long UNKNOWN_PROMPT_TOKENS = 2_000_000;

  /** The same of answers. */
  public static final long UNKNOWN_COMPLETION_TOKENS = 128_000;

  /** The dearest that is known: a picture in high detail, for OpenAI's small models. */
  public static final long UNKNOWN_IMAGE_TOKENS = 50_000;

  /** Of a model whose price nobody knows and that the operator lets callers use nevertheless. */
  public static final Pricing UNKNOWN =
      new Pricing(
          LlmPrice.FREE, UNKNOWN_PROMPT_TOKENS, UNKNOWN_COMPLETION_TOKENS, UNKNOWN_IMAGE_TOKENS);
}
