package io.omnirun.testkit.llm;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Reads a request for a message. */
final class AnthropicPrompt {
  private final List<String> texts = new ArrayList<>();
  private final List<String> images = new ArrayList<>();
  private final List<String> toolResults = new ArrayList<>();
  private String lastText = "";

  private AnthropicPrompt() {}

  static Prompt read(JsonNode request) {
    AnthropicPrompt reading = new AnthropicPrompt();
    reading.readContent(request.path("system"), false);
    for (JsonNode message : request.path("messages")) {
      reading.readContent(message.path("content"), message.path("role").asText().equals("user"));
    }
    return new Prompt(
        request.path("model").asText(),
        Seen.words(reading.texts),
        reading.lastText,
        reading.images,
        request.path("tools").findValuesAsText("name"),
        reading.toolResults,
        1,
        -1,
        request.path("max_tokens").asInt(Integer.MAX_VALUE),
        request.path("stream").asBoolean(),
        true);
  }

  private void readContent(JsonNode content, boolean users) {
    if (content.isTextual()) {
      readText(content.asText(), users);
    }
    for (JsonNode block : content) {
      JsonNode source = block.path("source");
      switch (block.path("type").asText()) {
        case "text" -> readText(block.path("text").asText(), users);
        case "image" -> images.add(image(source));
        case "tool_result" -> readResult(block.path("content"));
        default -> texts.add(block.toString());
      }
    }
  }

  private void readText(String text, boolean users) {
    texts.add(text);
    lastText = users ? text : lastText;
  }

  private void readResult(JsonNode content) {
    String text = content.isTextual() ? content.asText() : content.path(0).path("text").asText();
    texts.add(text);
    toolResults.add(text);
  }

  private static String image(JsonNode source) {
    return source.has("url")
        ? source.path("url").asText()
        : Seen.image(source.path("media_type").asText(), source.path("data").asText());
  }
}
