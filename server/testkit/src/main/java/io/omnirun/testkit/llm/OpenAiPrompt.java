package io.omnirun.testkit.llm;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Reads a request for a chat completion. */
final class OpenAiPrompt {
  private final List<String> texts = new ArrayList<>();
  private final List<String> images = new ArrayList<>();
  private final List<String> toolResults = new ArrayList<>();
  private String lastText = "";

  private OpenAiPrompt() {}

  static Prompt read(JsonNode request) {
    OpenAiPrompt reading = new OpenAiPrompt();
    request.path("messages").forEach(reading::readMessage);
    return new Prompt(
        request.path("model").asText(),
        Seen.words(reading.texts),
        reading.lastText,
        reading.images,
        request.path("tools").findValuesAsText("name"),
        reading.toolResults,
        request.path("n").asInt(1),
        request.path("logprobs").asBoolean() ? request.path("top_logprobs").asInt(0) : -1,
        request.path("max_completion_tokens").asInt(maxTokens(request)),
        request.path("stream").asBoolean(),
        request.path("stream_options").path("include_usage").asBoolean());
  }

  private static int maxTokens(JsonNode request) {
    return request.path("max_tokens").asInt(Integer.MAX_VALUE);
  }

  private void readMessage(JsonNode message) {
    JsonNode content = message.path("content");
    if (content.isTextual()) {
      readText(message, content.asText());
    }
    for (JsonNode part : content) {
      switch (part.path("type").asText()) {
        case "text" -> readText(message, part.path("text").asText());
        case "image_url" -> images.add(Seen.image(part.path("image_url").path("url").asText()));
        default -> texts.add(part.toString());
      }
    }
  }

  private void readText(JsonNode message, String text) {
    texts.add(text);
    switch (message.path("role").asText()) {
      case "user" -> lastText = text;
      case "tool" -> toolResults.add(text);
      default -> {}
    }
  }
}
