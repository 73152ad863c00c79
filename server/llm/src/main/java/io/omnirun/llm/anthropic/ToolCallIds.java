package io.omnirun.llm.anthropic;

import java.util.regex.Pattern;

/** The names by which a tool's result is found to its call. */
final class ToolCallIds {
  private static final Pattern FOREIGN = Pattern.compile("[^a-zA-Z0-9_-]");

  private ToolCallIds() {}

  /**
   * An id as Anthropic takes it. Other providers' ids hold dots and colons, {@code
   * functions.read:0} say, and a conversation that they began may be continued here. The same id
   * becomes the same.
   */
  static String forAnthropic(String id) {
    return FOREIGN.matcher(id).replaceAll("_");
  }
}
