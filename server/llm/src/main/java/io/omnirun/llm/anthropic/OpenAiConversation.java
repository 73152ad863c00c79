package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** Anthropic's {@code system} and messages as OpenAI's messages. */
final class OpenAiConversation {
  private OpenAiConversation() {}

  static ArrayNode of(RequestFields request) {
    ArrayNode messages = JsonNodeFactory.instance.arrayNode();
    // Many that speak like OpenAI take no parts from the system.
    String system = String.join("\n\n", texts(request, "system"));
    if (!system.isEmpty()) {
      messages.addObject().put("role", "system").put("content", system);
    }
    int before = messages.size();
    for (RequestFields message : request.objects("messages")) {
      add(messages, message);
    }
    if (messages.size() == before) {
      throw InvalidRequest.at("messages", "must hold a message that says something");
    }
    return messages;
  }

  private static void add(ArrayNode messages, RequestFields message) {
    String role = message.requiredText("role");
    switch (role) {
      case "user" -> OpenAiUserTurn.add(messages, message);
      case "assistant" -> OpenAiAssistantTurn.add(messages, message);
      default -> throw message.unknown("role", role);
    }
  }

  /** The texts of a field that holds one, or blocks of nothing but text. */
  private static List<String> texts(RequestFields request, String name) {
    if (isText(request, name)) {
      return List.of(request.requiredText(name));
    }
    List<String> texts = new ArrayList<>();
    for (RequestFields block : request.objects(name)) {
      String type = block.requiredText("type");
      if (!type.equals("text")) {
        throw block.unknown("type", type);
      }
      texts.add(block.requiredText("text"));
    }
    return texts;
  }

  static boolean isText(RequestFields fields, String name) {
    return fields.node(name).filter(JsonNode::isTextual).isPresent();
  }

  static ObjectNode textPart(String text) {
    return JsonNodeFactory.instance.objectNode().put("type", "text").put("text", text);
  }

  static ObjectNode imagePart(RequestFields block) {
    ObjectNode part = JsonNodeFactory.instance.objectNode().put("type", "image_url");
    part.putObject("image_url").put("url", ImageSource.url(block.requiredObject("source")));
    return part;
  }
}
