package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

/**
 * A user's message of Anthropic's as OpenAI has it: a message of each tool whose result is in it,
 * then one of what the user says. Tools of OpenAI's answer with text alone, so the user shows their
 * images. {@code is_error} is dropped: the text says it.
 */
final class OpenAiUserTurn {
  private final ArrayNode messages;
  private final ArrayNode parts = JsonNodeFactory.instance.arrayNode();

  private OpenAiUserTurn(ArrayNode messages) {
    this.messages = messages;
  }

  static void add(ArrayNode messages, RequestFields message) {
    OpenAiUserTurn turn = new OpenAiUserTurn(messages);
    if (OpenAiConversation.isText(message, "content")) {
      turn.parts.add(OpenAiConversation.textPart(message.requiredText("content")));
    } else {
      message.objects("content").forEach(turn::addBlock);
    }
    turn.end();
  }

  private void addBlock(RequestFields block) {
    String type = block.requiredText("type");
    switch (type) {
      case "text" -> parts.add(OpenAiConversation.textPart(block.requiredText("text")));
      case "image" -> parts.add(OpenAiConversation.imagePart(block));
      case "tool_result" -> addResult(block);
      default -> throw block.unknown("type", type);
    }
  }

  private void addResult(RequestFields result) {
    StringBuilder text = new StringBuilder();
    if (OpenAiConversation.isText(result, "content")) {
      text.append(result.requiredText("content"));
    } else {
      result.objects("content").forEach(block -> addOfResult(block, text));
    }
    messages
        .addObject()
        .put("role", "tool")
        .put("tool_call_id", result.requiredText("tool_use_id"))
        .put("content", text.toString());
  }

  private void addOfResult(RequestFields block, StringBuilder text) {
    String type = block.requiredText("type");
    switch (type) {
      case "text" -> text.append(text.isEmpty() ? "" : "\n").append(block.requiredText("text"));
      case "image" -> parts.add(OpenAiConversation.imagePart(block));
      default -> throw block.unknown("type", type);
    }
  }

  /** A single text goes as a text, which everybody takes. */
  private void end() {
    if (parts.isEmpty()) {
      return;
    }
    boolean isText = parts.size() == 1 && parts.path(0).path("type").asText().equals("text");
    messages
        .addObject()
        .put("role", "user")
        .set("content", isText ? parts.path(0).path("text") : parts);
  }
}
