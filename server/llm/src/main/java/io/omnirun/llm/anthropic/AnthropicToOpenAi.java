package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Lets a client of Anthropic's protocol talk to a model of OpenAI's, or one that speaks like it.
 */
public final class AnthropicToOpenAi {
  /** OpenAI refuses longer ones, and Claude Code's are. */
  private static final int MAX_USER_LENGTH = 64;

  private AnthropicToOpenAi() {}

  /**
   * The body for {@code POST /chat/completions}. A stream is asked for with its usage. Dropped are
   * top_k, cache_control, service_tier, context_management and whatever is unknown.
   *
   * @param upstreamModel the model's name at the provider
   * @throws io.omnirun.model.OmniRunException INVALID_REQUEST naming the field that is wrong, or
   *     that OpenAI's protocol has no words for
   */
  public static ObjectNode request(ObjectNode anthropicRequest, String upstreamModel) {
    RequestFields request = RequestFields.of(anthropicRequest);
    refuse(request);
    OpenAiModel model = new OpenAiModel(upstreamModel);
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("model", upstreamModel);
    body.set("messages", OpenAiConversation.of(request));
    request.positive("max_tokens").ifPresent(tokens -> body.put(model.maxTokensField(), tokens));
    OpenAiTools.write(request, body);
    writeSampling(request, body);
    request
        .object("metadata")
        .flatMap(metadata -> metadata.text("user_id"))
        .filter(user -> !user.isEmpty() && user.length() <= MAX_USER_LENGTH)
        .ifPresent(user -> body.put("user", user));
    OutputFormat.toOpenAi(request, body);
    if (model.takesEffort()) {
      ReasoningEffort.write(request, body);
    }
    writeStream(request, body);
    return body;
  }

  private static void refuse(RequestFields request) {
    if (request.node("mcp_servers").filter(servers -> !servers.isEmpty()).isPresent()) {
      throw request.untranslatable("mcp_servers");
    }
    if (request.has("container")) {
      throw request.untranslatable("container");
    }
  }

  private static void writeSampling(RequestFields request, ObjectNode body) {
    request.number("temperature", 0, 1).ifPresent(number -> body.put("temperature", number));
    request.number("top_p", 0, 1).ifPresent(number -> body.put("top_p", number));
    List<String> sequences = request.texts("stop_sequences");
    if (!sequences.isEmpty()) {
      sequences.forEach(body.putArray("stop")::add);
    }
  }

  private static void writeStream(RequestFields request, ObjectNode body) {
    boolean stream = request.bool("stream").orElse(false);
    body.put("stream", stream);
    if (stream) {
      body.putObject("stream_options").put("include_usage", true);
    }
  }

  /**
   * A whole answer of OpenAI's as a {@code message}. Only its first choice counts; thoughts that
   * some providers add are left out: Anthropic's are signed.
   *
   * @param publicModel the name by which the client called the model
   * @throws io.omnirun.model.OmniRunException LLM_UPSTREAM_FAILED if it is no completion, or calls
   *     a tool with what is no JSON object
   */
  public static ObjectNode response(ObjectNode chatCompletion, String publicModel) {
    ObjectNode choice =
        AnswerFields.objects(chatCompletion, "choices").stream()
            .findFirst()
            .orElseThrow(() -> UpstreamFailure.because("has answered without a choice"));
    ObjectNode said =
        AnswerFields.object(choice, "message")
            .orElseThrow(() -> UpstreamFailure.because("has answered without a message"));
    AnthropicAnswer answer = AnthropicAnswer.of(said);
    ObjectNode message = AnthropicAnswer.start(chatCompletion, publicModel);
    message.set("content", answer.content());
    message.put(
        "stop_reason",
        StopReasons.toAnthropic(
            AnswerFields.text(choice, "finish_reason").orElse(""),
            answer.callsTools(),
            answer.refuses()));
    message.putNull("stop_sequence");
    message.set("usage", Usages.toAnthropic(chatCompletion.path("usage")));
    return message;
  }
}
