package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Makes the chunks of one stream of OpenAI's.
 *
 * @param includeUsage whether the last chunk has the usage; the others say then that they have none
 */
record OpenAiChunks(OpenAiHead head, boolean includeUsage) {
  ObjectNode role() {
    return delta(object().put("role", "assistant").put("content", ""));
  }

  ObjectNode text(String text) {
    return delta(object().put("content", text));
  }

  /** The first fragment of a call, which alone says what is called. */
  ObjectNode callStart(int index, String id, String name) {
    ObjectNode delta = object();
    ObjectNode call = delta.putArray("tool_calls").addObject().put("index", index);
    call.setAll(OpenAiMessage.call(id, name, ""));
    return delta(delta);
  }

  /** More of a call's arguments. */
  ObjectNode callArguments(int index, String fragment) {
    ObjectNode delta = object();
    ObjectNode call = delta.putArray("tool_calls").addObject().put("index", index);
    call.putObject("function").put("arguments", fragment);
    return delta(delta);
  }

  ObjectNode finish(String reason) {
    ObjectNode chunk = delta(object());
    if (chunk.path("choices").path(0) instanceof ObjectNode choice) {
      choice.put("finish_reason", reason);
    }
    return chunk;
  }

  ObjectNode usage(JsonNode anthropicUsage) {
    ObjectNode chunk = head.start("chat.completion.chunk");
    chunk.putArray("choices");
    chunk.set("usage", Usages.toOpenAi(anthropicUsage));
    return chunk;
  }

  private ObjectNode delta(ObjectNode delta) {
    ObjectNode chunk = head.start("chat.completion.chunk");
    ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
    choice.set("delta", delta);
    choice.putNull("logprobs");
    choice.putNull("finish_reason");
    if (includeUsage) {
      chunk.putNull("usage");
    }
    return chunk;
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
