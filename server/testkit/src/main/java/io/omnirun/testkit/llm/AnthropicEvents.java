package io.omnirun.testkit.llm;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.testkit.llm.Reply.Choice;
import io.omnirun.testkit.llm.Reply.ToolCall;
import java.util.ArrayList;
import java.util.List;

/** The events of a message: its blocks, one after the other. */
final class AnthropicEvents {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Reply reply;
  private final List<String> events = new ArrayList<>();
  private int block;

  AnthropicEvents(Reply reply) {
    this.reply = reply;
  }

  List<String> all() {
    Choice choice = reply.choices().getFirst();
    start();
    if (!reply.thoughts().isEmpty()) {
      addThoughts();
    }
    if (!choice.pieces().isEmpty()) {
      open(JSON.createObjectNode().put("type", "text").put("text", ""));
      add(typed("ping"));
      choice.pieces().forEach(piece -> addDelta("text_delta", "text", piece));
      close();
    }
    choice.calls().forEach(this::addCall);
    finish(choice);
    add(typed("message_stop"));
    return events;
  }

  private void start() {
    ObjectNode message = AnthropicDialect.message(reply);
    if (!reply.name().has(Habit.NO_USAGE)) {
      message.set("usage", AnthropicDialect.usage(reply).put("output_tokens", 1));
    }
    ObjectNode start = typed("message_start");
    start.set("message", message);
    add(start);
  }

  private void addThoughts() {
    open(JSON.createObjectNode().put("type", "thinking").put("thinking", "").put("signature", ""));
    reply.thoughts().forEach(thought -> addDelta("thinking_delta", "thinking", thought));
    addDelta("signature_delta", "signature", AnthropicDialect.SIGNATURE);
    close();
  }

  private void addCall(ToolCall call) {
    ObjectNode opened = JSON.createObjectNode().put("type", "tool_use");
    opened.put("id", "toolu_" + call.id()).put("name", call.name()).putObject("input");
    open(opened);
    call.fragments().forEach(part -> addDelta("input_json_delta", "partial_json", part));
    close();
  }

  private void finish(Choice choice) {
    ObjectNode delta = typed("message_delta");
    delta
        .putObject("delta")
        .put("stop_reason", AnthropicDialect.spelt(choice.end()))
        .putNull("stop_sequence");
    if (!reply.name().has(Habit.NO_USAGE)) {
      delta.putObject("usage").put("output_tokens", reply.completionTokens());
    }
    add(delta);
  }

  private void open(ObjectNode content) {
    ObjectNode start = typed("content_block_start").put("index", block);
    start.set("content_block", content);
    add(start);
  }

  private void addDelta(String type, String field, String value) {
    ObjectNode event = typed("content_block_delta").put("index", block);
    event.putObject("delta").put("type", type).put(field, value);
    add(event);
  }

  private void close() {
    add(typed("content_block_stop").put("index", block++));
  }

  private static ObjectNode typed(String type) {
    return JSON.createObjectNode().put("type", type);
  }

  private void add(ObjectNode event) {
    events.add(AnthropicDialect.event(event));
  }
}
