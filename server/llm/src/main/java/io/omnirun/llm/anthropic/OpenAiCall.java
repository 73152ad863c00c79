package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** A tool's call while its arguments come in. */
final class OpenAiCall {
  private final int index;
  private final ObjectNode start;
  private boolean hasArguments;

  /**
   * @param index among the answer's calls, from 0 on
   * @param start the block that began it
   */
  OpenAiCall(int index, ObjectNode start) {
    this.index = index;
    this.start = start;
  }

  int index() {
    return index;
  }

  /** Takes note of a fragment; empty ones are none. */
  Optional<String> fragment(String json) {
    hasArguments |= !json.isEmpty();
    return json.isEmpty() ? Optional.empty() : Optional.of(json);
  }

  /**
   * What is still to be said of the arguments at the call's end: clients read them as JSON, which
   * an empty text is not. Some providers give the whole input with the block's start.
   */
  Optional<String> rest() {
    return hasArguments
        ? Optional.empty()
        : Optional.of(
            AnswerFields.object(start, "input")
                .flatMap(ToolArguments::text)
                .orElse(ToolArguments.NONE));
  }
}
