package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** What a model of Anthropic's has answered, as a message of OpenAI's. */
final class OpenAiMessage {
  private OpenAiMessage() {}

  /**
   * Texts become one; blocks that are neither text nor a call of the client's tools are skipped.
   */
  static ObjectNode of(ObjectNode anthropicMessage) {
    StringBuilder text = new StringBuilder();
    ArrayNode calls = JsonNodeFactory.instance.arrayNode();
    for (ObjectNode block : AnswerFields.objects(anthropicMessage, "content")) {
      switch (AnswerFields.text(block, "type").orElse("")) {
        case "text" -> text.append(AnswerFields.text(block, "text").orElse(""));
        case "tool_use" -> call(block, calls.size()).ifPresent(calls::add);
        default -> {}
      }
    }
    return message(text.toString(), calls);
  }

  private static ObjectNode message(String text, ArrayNode calls) {
    ObjectNode message = JsonNodeFactory.instance.objectNode().put("role", "assistant");
    message.put("content", text.isEmpty() && !calls.isEmpty() ? null : text);
    message.putNull("refusal");
    if (!calls.isEmpty()) {
      message.set("tool_calls", calls);
    }
    return message;
  }

  /** Empty without a name or with an input that is none: nobody could do what is called for. */
  private static Optional<ObjectNode> call(ObjectNode block, int position) {
    Optional<String> arguments =
        block.has("input")
            ? AnswerFields.object(block, "input").flatMap(ToolArguments::text)
            : Optional.of(ToolArguments.NONE);
    return AnswerFields.filledText(block, "name")
        .flatMap(name -> arguments.map(text -> call(idOf(block, position), name, text)));
  }

  /** The id of a call, or one to find its result by. */
  static String idOf(ObjectNode block, int position) {
    return AnswerFields.filledText(block, "id").orElse("call_" + position);
  }

  static ObjectNode call(String id, String name, String arguments) {
    ObjectNode call = JsonNodeFactory.instance.objectNode().put("id", id).put("type", "function");
    call.putObject("function").put("name", name).put("arguments", arguments);
    return call;
  }
}
