package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * OpenAI's messages as Anthropic has them: what the system says stands apart, wherever it was said,
 * tools' results are the user's, and neighbours of one role are one message. A participant's {@code
 * name} is dropped, as are messages that say nothing.
 */
final class AnthropicConversation {
  private static final String USER = "user";
  private static final String ASSISTANT = "assistant";

  private final ArrayNode system = JsonNodeFactory.instance.arrayNode();
  private final ArrayNode messages = JsonNodeFactory.instance.arrayNode();

  /** Reads a request's messages. */
  static AnthropicConversation of(RequestFields request) {
    AnthropicConversation conversation = new AnthropicConversation();
    request.objects("messages").forEach(conversation::add);
    if (conversation.messages.isEmpty()) {
      throw InvalidRequest.at("messages", "must hold a message of a user that says something");
    }
    return conversation;
  }

  private void add(RequestFields message) {
    String role = message.requiredText("role");
    switch (role) {
      case "system", "developer" -> system.addAll(ContentParts.required(message));
      case "user" -> append(USER, ContentParts.required(message));
      case "assistant" -> append(ASSISTANT, AssistantTurn.blocks(message));
      case "tool" -> append(USER, toolResult(message));
      default -> throw message.unknown("role", role);
    }
  }

  private static ArrayNode toolResult(RequestFields message) {
    ArrayNode blocks = JsonNodeFactory.instance.arrayNode();
    ObjectNode result = blocks.addObject().put("type", "tool_result");
    result.put("tool_use_id", ToolCallIds.forAnthropic(message.requiredText("tool_call_id")));
    ArrayNode content = ContentParts.required(message);
    if (!content.isEmpty()) {
      result.set("content", content);
    }
    return blocks;
  }

  private void append(String role, ArrayNode blocks) {
    if (blocks.isEmpty()) {
      return;
    }
    if (messages.path(messages.size() - 1) instanceof ObjectNode last
        && last.path("role").asText().equals(role)) {
      last.withArray("content").addAll(blocks);
      return;
    }
    messages.addObject().put("role", role).set("content", blocks);
  }

  /** Writes {@code system} and {@code messages}. */
  void writeTo(ObjectNode body) {
    if (!system.isEmpty()) {
      body.set("system", system);
    }
    body.set("messages", messages);
  }

  /** Whether the model is to go on with what tools have answered. */
  boolean continuesToolUse() {
    for (var block : messages.path(messages.size() - 1).path("content")) {
      if (block.path("type").asText().equals("tool_result")) {
        return true;
      }
    }
    return false;
  }
}
