package io.omnirun.testkit.llm;

import java.util.List;

/**
 * What the fake model says, before it is put into a protocol.
 *
 * @param thoughts in pieces; none but for a model that thinks
 * @param choices at least one
 */
record Reply(Prompt prompt, ModelName name, List<String> thoughts, List<Choice> choices) {
  /** Of those of the prompt, how many were in a cache. */
  int cachedTokens() {
    return name.topic() == Topic.REASONING ? prompt.words() / 2 : 0;
  }

  int reasoningTokens() {
    return thoughts.size();
  }

  /** With those of reasoning. */
  int completionTokens() {
    return reasoningTokens() + choices.stream().mapToInt(Choice::tokens).sum();
  }

  /** Why a choice is over. */
  enum End {
    STOP,
    LENGTH,
    TOOLS,
    REFUSAL
  }

  /**
   * One answer.
   *
   * @param pieces of the text, or of the refusal
   */
  record Choice(List<String> pieces, List<ToolCall> calls, End end) {
    String text() {
      return String.join("", pieces);
    }

    private int tokens() {
      return pieces.size() + calls.stream().mapToInt(call -> call.fragments().size()).sum();
    }
  }

  /**
   * @param fragments of the arguments, which are JSON only together
   */
  record ToolCall(String id, String name, List<String> fragments) {
    String arguments() {
      return String.join("", fragments);
    }
  }
}
