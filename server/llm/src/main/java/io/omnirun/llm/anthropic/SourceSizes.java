package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.llm.PromptSize;

/** How much the pictures and documents of a request can be. Used by one thread. */
final class SourceSizes {
  private int images;
  private long imageBytes;
  private boolean hasReferences;

  /** Sources stand in messages, in what tools have answered, and in documents. */
  void look(JsonNode node) {
    if (node.path("source").isObject()) {
      add(node.path("type").asText(""), node.path("source"));
    }
    node.forEach(this::look);
  }

  private void add(String blockType, JsonNode source) {
    String type = source.path("type").asText("");
    if (source.path("media_type").asText("").startsWith("image/")) {
      images++;
      imageBytes += source.path("data").asText("").length();
    } else if (type.equals("url") && blockType.equals("image")) {
      images++;
    } else {
      // What a document's pages are to a model, its bytes do not tell: they are packed, and
      // pictures.
      hasReferences |= !type.equals("text") && !type.equals("content");
    }
    hasReferences |= source.has("file_id");
  }

  PromptSize of(long bodyBytes) {
    return new PromptSize(bodyBytes - imageBytes, images, hasReferences);
  }
}
