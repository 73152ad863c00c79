package io.omnirun.llm.anthropic;

import java.util.regex.Pattern;

/**
 * What a model's name tells of what it takes. OpenAI's own refuse what others demand, and the other
 * way: the name, behind the last slash, is all that is known of them here.
 *
 * @param name at the provider
 */
record OpenAiModel(String name) {
  /** gpt-oss is OpenAI's too, but served by others. */
  private static final Pattern OF_OPENAI = Pattern.compile("(?:gpt-(?!oss)|chatgpt-|o[1-9]).*");

  private static final Pattern REASONING = Pattern.compile("(?:gpt-(?:oss|[5-9])|o[1-9]).*");
  private static final Pattern CHATTING = Pattern.compile(".*-chat(?:-.*)?");

  private String shortName() {
    return name.substring(name.lastIndexOf('/') + 1);
  }

  /** OpenAI's newer models refuse max_tokens; other providers may know no other name. */
  String maxTokensField() {
    return OF_OPENAI.matcher(shortName()).matches() ? "max_completion_tokens" : "max_tokens";
  }

  /** Whether {@code reasoning_effort} is understood, and not refused. */
  boolean takesEffort() {
    return REASONING.matcher(shortName()).matches() && !CHATTING.matcher(shortName()).matches();
  }
}
