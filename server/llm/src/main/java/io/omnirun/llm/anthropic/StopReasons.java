package io.omnirun.llm.anthropic;

/**
 * Why an answer ends. Some providers say that it simply ends where a tool is called, and some that
 * a tool is called where none is: what the answer holds decides.
 */
final class StopReasons {
  private StopReasons() {}

  /**
   * OpenAI's {@code finish_reason}.
   *
   * @param stopReason Anthropic's; an unknown one is as good as an end
   */
  static String toOpenAi(String stopReason, boolean callsTools) {
    return switch (stopReason) {
      case "max_tokens", "model_context_window_exceeded" -> "length";
      case "refusal" -> "content_filter";
      default -> callsTools ? "tool_calls" : "stop";
    };
  }

  /**
   * Anthropic's {@code stop_reason}. That a stop sequence ended it, OpenAI does not say.
   *
   * @param finishReason OpenAI's; an unknown one is as good as an end
   * @param refuses whether there is text in the message's {@code refusal}
   */
  static String toAnthropic(String finishReason, boolean callsTools, boolean refuses) {
    return switch (finishReason) {
      case "length" -> "max_tokens";
      case "content_filter" -> "refusal";
      default -> callsTools ? "tool_use" : refuses ? "refusal" : "end_turn";
    };
  }
}
