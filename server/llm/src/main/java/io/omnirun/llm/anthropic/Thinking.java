package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.regex.Pattern;

/**
 * OpenAI's {@code reasoning_effort} as Anthropic's models have it: before Claude 4.6 as a budget of
 * tokens, since then as an effort with which the model thinks as it likes. A model's name says
 * which it is; what is no Claude speaks Anthropic's protocol as it began, with budgets.
 *
 * <p>Nothing is thought where Anthropic refuses it: by models older than Claude 3.7, where a tool
 * must be called, in too few tokens, and, with a budget, where the model goes on behind tools'
 * results, since its thoughts from before them are not with OpenAI's messages. {@code minimal} is
 * low and {@code xhigh} is high, which are what all models know.
 */
final class Thinking {
  private static final Pattern WITHOUT =
      Pattern.compile("claude-(?:2|instant|3-(?!7)|3\\.(?!7)).*");

  private static final Pattern BY_BUDGET =
      Pattern.compile(
          "claude-(?:3[-.]7.*|(?:opus|sonnet|haiku)-4(?:[-.][015])?(?:[-@][0-9]{8})?(?:[-:@][a-z].*)?)");

  /** Anthropic's least. */
  private static final int MIN_BUDGET_TOKENS = 1024;

  private Thinking() {}

  /**
   * Writes {@code thinking} and {@code output_config.effort} into a body that has all else.
   *
   * @param continuesToolUse whether the last message holds tools' results
   */
  static void write(RequestFields request, ObjectNode body, boolean continuesToolUse) {
    String effort = request.text("reasoning_effort").orElse("none");
    switch (effort) {
      case "none" -> {}
      case "minimal", "low" -> write(body, "low", continuesToolUse);
      case "medium" -> write(body, "medium", continuesToolUse);
      case "high", "xhigh", "max" -> write(body, "high", continuesToolUse);
      default -> throw request.unknown("reasoning_effort", effort);
    }
  }

  private static void write(ObjectNode body, String effort, boolean continuesToolUse) {
    String name = familyName(body.path("model").asText());
    if (WITHOUT.matcher(name).matches()) {
      return;
    }
    if (!name.startsWith("claude-") || BY_BUDGET.matcher(name).matches()) {
      if (!continuesToolUse && !AnthropicTools.isForced(body)) {
        writeBudget(body, effort);
      }
      return;
    }
    body.withObject("/output_config").put("effort", effort);
    if (!AnthropicTools.isForced(body)) {
      enable(body, "adaptive");
    }
  }

  /** Without what clouds and routers put before it. */
  private static String familyName(String model) {
    return model.substring(Math.max(0, model.indexOf("claude-")));
  }

  /** The answer has at least half of the tokens. */
  private static void writeBudget(ObjectNode body, String effort) {
    int wanted =
        switch (effort) {
          case "low" -> 2048;
          case "medium" -> 8192;
          default -> 24_576;
        };
    int budget = Math.min(wanted, body.path("max_tokens").asInt() / 2);
    if (budget >= MIN_BUDGET_TOKENS) {
      enable(body, "enabled").put("budget_tokens", budget);
    }
  }

  /** Thinking models take no temperature and next to no top_p; OpenAI's do not either. */
  private static ObjectNode enable(ObjectNode body, String type) {
    body.remove("temperature");
    body.remove("top_p");
    return body.putObject("thinking").put("type", type);
  }
}
