package io.omnirun.llm.openai;

import com.fasterxml.jackson.databind.JsonNode;

/** How much of an answer a chunk holds: characters, which are bytes of most of it. */
public final class DeltaSize {
  /** What every delta has, and is no part of the answer. */
  private static final String ROLE = "role";

  private DeltaSize() {}

  /** Text, tool calls and the like of all choices. */
  public static long of(JsonNode choices) {
    long size = 0;
    for (JsonNode choice : choices) {
      for (var field : choice.path("delta").properties()) {
        size += field.getKey().equals(ROLE) ? 0 : text(field.getValue());
      }
    }
    return size;
  }

  private static long text(JsonNode value) {
    if (value.isTextual()) {
      return value.textValue().length();
    }
    long size = 0;
    for (JsonNode child : value) {
      size += text(child);
    }
    return size;
  }
}
