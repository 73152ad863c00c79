package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** What every object of one of OpenAI's answers begins with. */
record OpenAiHead(String id, String model, long created) {
  /** The provider's own id, by which it finds the answer in its logs. */
  static String idOf(JsonNode anthropicMessage, long createdEpochSeconds) {
    return AnswerFields.filledText(anthropicMessage, "id")
        .orElse("chatcmpl-" + createdEpochSeconds);
  }

  ObjectNode start(String type) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", id)
        .put("object", type)
        .put("created", created)
        .put("model", model);
  }
}
