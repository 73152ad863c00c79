package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Lets a client of OpenAI's protocol talk to a model of Anthropic's. */
public final class OpenAiToAnthropic {
  private static final int MAX_USER_ID_LENGTH = 256;
  private static final double MAX_TEMPERATURE = 2;

  private OpenAiToAnthropic() {}

  /**
   * The body for {@code POST /v1/messages}.
   *
   * @param upstreamModel the model's name at the provider
   * @param defaultMaxTokens Anthropic demands a limit of the answer: this one if the request has
   *     none
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST naming the field that is wrong, or
   *     that Anthropic's protocol has no words for
   */
  public static ObjectNode request(
      ObjectNode openAiRequest, String upstreamModel, int defaultMaxTokens) {
    RequestFields request = RequestFields.of(openAiRequest);
    OpenAiRefusals.check(request);
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("model", upstreamModel);
    body.put("max_tokens", maxTokens(request, defaultMaxTokens));
    AnthropicConversation conversation = AnthropicConversation.of(request);
    conversation.writeTo(body);
    AnthropicTools.write(request, body);
    writeSampling(request, body);
    request
        .text("user")
        .filter(user -> !user.isEmpty() && user.length() <= MAX_USER_ID_LENGTH)
        .ifPresent(user -> body.putObject("metadata").put("user_id", user));
    OutputFormat.toAnthropic(request, body);
    Thinking.write(request, body, conversation.continuesToolUse());
    request.bool("stream").ifPresent(stream -> body.put("stream", stream));
    return body;
  }

  private static int maxTokens(RequestFields request, int defaultMaxTokens) {
    int older = request.positive("max_tokens").orElse(defaultMaxTokens);
    return request.positive("max_completion_tokens").orElse(older);
  }

  private static void writeSampling(RequestFields request, ObjectNode body) {
    request
        .number("temperature", 0, MAX_TEMPERATURE)
        .ifPresent(temperature -> body.put("temperature", Math.min(temperature, 1)));
    // 1 changes nothing, and newer models refuse any top_p beside a temperature.
    request
        .number("top_p", 0, 1)
        .filter(topP -> topP < 1)
        .ifPresent(topP -> body.put("top_p", topP));
    ArrayNode sequences = stopSequences(request);
    if (!sequences.isEmpty()) {
      body.set("stop_sequences", sequences);
    }
  }

  /** OpenAI lets {@code stop} be one text or several. */
  private static ArrayNode stopSequences(RequestFields request) {
    ArrayNode sequences = JsonNodeFactory.instance.arrayNode();
    if (request.node("stop").filter(JsonNode::isTextual).isPresent()) {
      return sequences.add(request.requiredText("stop"));
    }
    request.texts("stop").forEach(sequences::add);
    return sequences;
  }

  /**
   * A whole answer of Anthropic's as a {@code chat.completion}. Thoughts are left out: they are
   * signed, and OpenAI's messages cannot carry that back. Without usage in the answer there is none
   * here.
   *
   * @param publicModel the name by which the client called the model
   * @throws io.omnirun.model.OmniRunException LLM_UPSTREAM_FAILED if it is no message
   */
  public static ObjectNode response(
      ObjectNode anthropicMessage, String publicModel, long createdEpochSeconds) {
    if (!anthropicMessage.path("content").isArray()) {
      throw UpstreamFailure.because("has answered what is no message");
    }
    OpenAiHead head =
        new OpenAiHead(
            OpenAiHead.idOf(anthropicMessage, createdEpochSeconds),
            publicModel,
            createdEpochSeconds);
    ObjectNode message = OpenAiMessage.of(anthropicMessage);
    ObjectNode completion = head.start("chat.completion");
    ObjectNode choice = completion.putArray("choices").addObject().put("index", 0);
    choice.set("message", message);
    choice.putNull("logprobs");
    choice.put(
        "finish_reason",
        StopReasons.toOpenAi(
            AnswerFields.text(anthropicMessage, "stop_reason").orElse(""),
            message.has("tool_calls")));
    AnswerFields.object(anthropicMessage, "usage")
        .ifPresent(usage -> completion.set("usage", Usages.toOpenAi(usage)));
    return completion;
  }
}
