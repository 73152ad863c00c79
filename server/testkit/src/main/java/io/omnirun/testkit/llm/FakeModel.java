package io.omnirun.testkit.llm;

import io.omnirun.testkit.llm.Reply.Choice;
import io.omnirun.testkit.llm.Reply.End;
import io.omnirun.testkit.llm.Reply.ToolCall;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What stands for a model: the same prompt always has the same reply. */
final class FakeModel {
  static final String REFUSAL = "I cannot help with that.";
  private static final int LONG_LINE_CHARACTERS = 10_000_000;
  private static final List<String> THOUGHTS = List.of("Let", " me", " think", " …");

  /** Cut within a number, a string and an escape. */
  private static final List<List<String>> ARGUMENTS =
      List.of(
          List.of("", "{\"ci", "ty\":\"Par", "is\",\"days\":1", "2}"),
          List.of("", "{\"city\":\"Z", "ürich \\", "\"Nord\\\"\"", ",\"days\":3}"));

  private FakeModel() {}

  static Reply reply(ModelName name, Prompt prompt) {
    return new Reply(
        prompt,
        name,
        name.topic() == Topic.REASONING ? THOUGHTS : List.of(),
        IntStream.range(0, prompt.choices()).mapToObj(i -> choice(name, prompt, i)).toList());
  }

  private static Choice choice(ModelName name, Prompt prompt, int index) {
    if (name.topic() == Topic.TOOLS && prompt.toolResults().isEmpty()) {
      return new Choice(List.of(), calls(prompt.tools()), End.TOOLS);
    }
    if (name.topic() == Topic.REFUSAL) {
      return new Choice(pieces(REFUSAL), List.of(), End.REFUSAL);
    }
    List<String> pieces = name.words() > 0 ? words(name.words()) : said(name, prompt, index);
    return pieces.size() > prompt.maxTokens()
        ? new Choice(pieces.subList(0, prompt.maxTokens()), List.of(), End.LENGTH)
        : new Choice(pieces, List.of(), End.STOP);
  }

  private static List<String> words(int count) {
    return Collections.nCopies(count, "word ");
  }

  private static List<String> said(ModelName name, Prompt prompt, int index) {
    String choice = index == 0 ? "" : " (choice " + index + ")";
    return switch (name.topic()) {
      case TEXT, REASONING, REFUSAL -> pieces("👋 You said: " + prompt.lastText() + choice);
      case TOOLS -> pieces("The tools said: " + String.join(", ", prompt.toolResults()) + choice);
      case IMAGE -> pieces("I saw " + String.join(" and ", prompt.images()) + choice);
      case LONG_LINE -> List.of("x".repeat(LONG_LINE_CHARACTERS));
    };
  }

  /** Two, of the first two tools or twice of the only one. */
  private static List<ToolCall> calls(List<String> tools) {
    List<ToolCall> calls = new ArrayList<>();
    for (int i = 0; i < ARGUMENTS.size(); i++) {
      String tool = tools.isEmpty() ? "weather" : tools.get(Math.min(i, tools.size() - 1));
      calls.add(new ToolCall("call_" + (i + 1), tool, ARGUMENTS.get(i)));
    }
    return calls;
  }

  /** One for each word, with the space before it. */
  private static List<String> pieces(String text) {
    return Stream.of(text.split("(?= )", -1)).toList();
  }
}
