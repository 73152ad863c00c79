package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** What a model of OpenAI's has answered, as the blocks of a message of Anthropic's. */
record AnthropicAnswer(ArrayNode content, boolean callsTools, boolean refuses) {
  /** What a message of Anthropic's begins with. */
  static ObjectNode start(JsonNode openAiAnswer, String publicModel) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", AnswerFields.filledText(openAiAnswer, "id").orElse("msg_0"))
        .put("type", "message")
        .put("role", "assistant")
        .put("model", publicModel);
  }

  static AnthropicAnswer of(ObjectNode message) {
    ArrayNode content = JsonNodeFactory.instance.arrayNode();
    addText(content, textOf(message));
    String refusal = AnswerFields.text(message, "refusal").orElse("");
    addText(content, refusal);
    int texts = content.size();
    for (ObjectNode call : AnswerFields.objects(message, "tool_calls")) {
      addCall(content, call);
    }
    return new AnthropicAnswer(content, content.size() > texts, !refusal.isEmpty());
  }

  /** OpenAI answers with a text; some providers with parts. */
  private static String textOf(ObjectNode message) {
    StringBuilder text = new StringBuilder(AnswerFields.text(message, "content").orElse(""));
    for (ObjectNode part : AnswerFields.objects(message, "content")) {
      AnswerFields.text(part, "text").ifPresent(text::append);
    }
    return text.toString();
  }

  private static void addText(ArrayNode content, String text) {
    if (!text.isEmpty()) {
      content.addObject().put("type", "text").put("text", text);
    }
  }

  private static void addCall(ArrayNode content, ObjectNode call) {
    JsonNode function = call.path("function");
    AnswerFields.filledText(function, "name")
        .ifPresent(
            name ->
                content
                    .addObject()
                    .put("type", "tool_use")
                    .put("id", OpenAiMessage.idOf(call, content.size() - 1))
                    .put("name", name)
                    .set("input", input(function)));
  }

  private static ObjectNode input(JsonNode function) {
    return ToolArguments.object(AnswerFields.text(function, "arguments").orElse(""))
        .orElseThrow(
            () -> UpstreamFailure.because("calls a tool with arguments that are no JSON object"));
  }
}
