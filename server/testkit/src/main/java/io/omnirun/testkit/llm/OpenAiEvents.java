package io.omnirun.testkit.llm;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.testkit.llm.Reply.Choice;
import io.omnirun.testkit.llm.Reply.End;
import io.omnirun.testkit.llm.Reply.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The chunks of a chat completion. Choices take turns, and so do the fragments of tools' arguments.
 */
final class OpenAiEvents {
  private final Reply reply;
  private final List<String> events = new ArrayList<>();

  OpenAiEvents(Reply reply) {
    this.reply = reply;
  }

  List<String> all() {
    int longest = 0;
    for (int i = 0; i < reply.choices().size(); i++) {
      add(i, delta -> delta.put("role", "assistant").put("content", "").putNull("refusal"));
      longest = Math.max(longest, reply.choices().get(i).pieces().size());
    }
    for (int piece = 0; piece < longest; piece++) {
      addPieces(piece);
    }
    for (int i = 0; i < reply.choices().size(); i++) {
      addCalls(i, reply.choices().get(i).calls());
    }
    for (int i = 0; i < reply.choices().size(); i++) {
      addFinish(i, i == reply.choices().size() - 1);
    }
    if (usageChunkIsSent()) {
      addUsage();
    }
    events.add("data: [DONE]\n\n");
    return events;
  }

  private void addPieces(int piece) {
    for (int i = 0; i < reply.choices().size(); i++) {
      Choice choice = reply.choices().get(i);
      if (piece < choice.pieces().size()) {
        String text = choice.pieces().get(piece);
        String field = choice.end() == End.REFUSAL ? "refusal" : "content";
        ObjectNode chunk = chunk(i, delta -> delta.put(field, text), null);
        if (reply.prompt().topLogprobs() >= 0) {
          OpenAiDialect.putLogprobs(
              (ObjectNode) chunk.path("choices").path(0), reply.prompt(), List.of(text));
        }
        add(chunk);
      }
    }
  }

  private void addCalls(int choice, List<ToolCall> calls) {
    int longest = calls.stream().mapToInt(call -> call.fragments().size()).max().orElse(0);
    for (int fragment = 0; fragment < longest; fragment++) {
      for (int i = 0; i < calls.size(); i++) {
        ToolCall call = calls.get(i);
        if (fragment < call.fragments().size()) {
          int index = i;
          int number = fragment;
          add(choice, delta -> putFragment(delta, index, call, number));
        }
      }
    }
  }

  private static void putFragment(ObjectNode delta, int index, ToolCall call, int fragment) {
    ObjectNode part = delta.putArray("tool_calls").addObject().put("index", index);
    if (fragment == 0) {
      part.put("id", call.id()).put("type", "function");
      part.putObject("function").put("name", call.name());
    }
    part.withObject("/function").put("arguments", call.fragments().get(fragment));
  }

  private void addFinish(int choice, boolean last) {
    End end = reply.choices().get(choice).end();
    ObjectNode chunk = chunk(choice, delta -> {}, OpenAiDialect.spelt(end));
    if (last && reply.name().has(Habit.USAGE_IN_LAST)) {
      chunk.set("usage", OpenAiDialect.usage(reply));
    }
    add(chunk);
  }

  private boolean usageChunkIsSent() {
    return !reply.name().has(Habit.NO_USAGE)
        && !reply.name().has(Habit.USAGE_IN_LAST)
        && (reply.prompt().usageWanted() || reply.name().has(Habit.USAGE_UNASKED));
  }

  private void addUsage() {
    ObjectNode chunk = OpenAiDialect.head(reply, "chat.completion.chunk");
    if (reply.name().has(Habit.NULL_CHOICES)) {
      chunk.putNull("choices");
    } else {
      chunk.putArray("choices");
    }
    chunk.set("usage", OpenAiDialect.usage(reply));
    add(chunk);
  }

  private void add(int choice, Consumer<ObjectNode> fill) {
    add(chunk(choice, fill, null));
  }

  private ObjectNode chunk(int choice, Consumer<ObjectNode> fill, @Nullable String finishReason) {
    ObjectNode chunk = OpenAiDialect.head(reply, "chat.completion.chunk");
    ObjectNode one = chunk.putArray("choices").addObject().put("index", choice);
    fill.accept(one.putObject("delta"));
    one.putNull("logprobs").put("finish_reason", finishReason);
    if (usageChunkIsSent()) {
      chunk.putNull("usage");
    }
    if (reply.name().has(Habit.UNKNOWN_FIELDS)) {
      chunk.put("obfuscation", "xYz0".repeat(1 + events.size() % 3));
    }
    return chunk;
  }

  private void add(ObjectNode chunk) {
    events.add("data: " + OpenAiDialect.write(chunk) + "\n\n");
  }
}
