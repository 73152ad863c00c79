package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Anthropic's {@code output_config.effort}, or else the budget of {@code thinking}, as OpenAI's
 * {@code reasoning_effort}. What does not think cannot be told so: not all models can be kept from
 * it.
 */
final class ReasoningEffort {
  private static final int LOW_TOKENS = 4096;
  private static final int MEDIUM_TOKENS = 16_384;

  private ReasoningEffort() {}

  static void write(RequestFields request, ObjectNode body) {
    request
        .object("output_config")
        .flatMap(config -> config.text("effort"))
        .ifPresentOrElse(
            effort -> body.put("reasoning_effort", known(request, effort)),
            () -> writeBudget(request, body));
  }

  private static String known(RequestFields request, String effort) {
    return switch (effort) {
      case "low", "medium", "high" -> effort;
      case "xhigh", "max" -> "high";
      default -> throw request.unknown("output_config.effort", effort);
    };
  }

  private static void writeBudget(RequestFields request, ObjectNode body) {
    request
        .object("thinking")
        .ifPresent(
            thinking ->
                thinking
                    .positive("budget_tokens")
                    .ifPresent(budget -> body.put("reasoning_effort", ofBudget(budget))));
  }

  private static String ofBudget(int tokens) {
    if (tokens <= LOW_TOKENS) {
      return "low";
    }
    return tokens <= MEDIUM_TOKENS ? "medium" : "high";
  }
}
