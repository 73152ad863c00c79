package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The content of OpenAI's messages, a text or parts, as Anthropic's blocks. Texts without a letter
 * are left out: Anthropic refuses them. A part's {@code cache_control}, which is Anthropic's and
 * which clients add for such models, stays.
 */
final class ContentParts {
  private ContentParts() {}

  /** What a message that must have a content says. */
  static ArrayNode required(RequestFields message) {
    if (!message.has("content")) {
      throw InvalidRequest.at(
          message.pathOf("content"), "is missing; a string or an array is expected");
    }
    return optional(message);
  }

  /** What a message says; absent is nothing. */
  static ArrayNode optional(RequestFields message) {
    ArrayNode blocks = JsonNodeFactory.instance.arrayNode();
    if (message.node("content").filter(JsonNode::isTextual).isPresent()) {
      addText(blocks, message.requiredText("content"));
      return blocks;
    }
    for (RequestFields part : message.objects("content")) {
      addPart(blocks, part);
    }
    return blocks;
  }

  private static void addPart(ArrayNode blocks, RequestFields part) {
    int before = blocks.size();
    String type = part.requiredText("type");
    switch (type) {
      case "text" -> addText(blocks, part.requiredText("text"));
      case "refusal" -> addText(blocks, part.requiredText("refusal"));
      case "image_url" -> addImage(blocks, part);
      default -> throw part.unknown("type", type);
    }
    if (blocks.size() > before && blocks.get(before) instanceof ObjectNode block) {
      keepCacheControl(part, block);
    }
  }

  static void addText(ArrayNode blocks, String text) {
    if (!text.isBlank()) {
      blocks.addObject().put("type", "text").put("text", text);
    }
  }

  private static void addImage(ArrayNode blocks, RequestFields part) {
    ObjectNode source = ImageSource.ofImageUrl(part.requiredObject("image_url"));
    blocks.addObject().put("type", "image").set("source", source);
  }

  static void keepCacheControl(RequestFields from, ObjectNode to) {
    from.object("cache_control").ifPresent(control -> to.set("cache_control", control.object()));
  }
}
