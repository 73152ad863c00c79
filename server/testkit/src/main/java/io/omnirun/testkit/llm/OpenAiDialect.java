package io.omnirun.testkit.llm;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.testkit.llm.Reply.Choice;
import io.omnirun.testkit.llm.Reply.End;
import io.omnirun.testkit.llm.Reply.ToolCall;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Chat completions, as OpenAI documents them. */
final class OpenAiDialect implements Dialect {
  private static final ObjectMapper JSON = new ObjectMapper();
  static final long CREATED = 1_780_000_000;

  @Override
  public Prompt prompt(JsonNode request) {
    return OpenAiPrompt.read(request);
  }

  @Override
  public byte[] whole(Reply reply) {
    ObjectNode answer = head(reply, "chat.completion");
    for (int i = 0; i < reply.choices().size(); i++) {
      Choice said = reply.choices().get(i);
      ObjectNode choice = answer.withArray("choices").addObject().put("index", i);
      ObjectNode message = choice.putObject("message").put("role", "assistant");
      String content = said.calls().isEmpty() ? said.text() : null;
      boolean refused = said.end() == End.REFUSAL;
      message.put("content", refused ? null : content).put("refusal", refused ? content : null);
      said.calls().forEach(call -> addCall(message, call));
      putLogprobs(choice, reply.prompt(), said.pieces());
      choice.put("finish_reason", spelt(said.end()));
    }
    if (!reply.name().has(Habit.NO_USAGE)) {
      answer.set("usage", usage(reply));
    }
    return write(answer).getBytes(StandardCharsets.UTF_8);
  }

  private static void addCall(ObjectNode message, ToolCall call) {
    message
        .withArray("tool_calls")
        .addObject()
        .put("id", call.id())
        .put("type", "function")
        .putObject("function")
        .put("name", call.name())
        .put("arguments", call.arguments());
  }

  @Override
  public List<String> events(Reply reply) {
    return new OpenAiEvents(reply).all();
  }

  /** What whole answers and chunks begin with. */
  static ObjectNode head(Reply reply, String object) {
    ObjectNode head =
        JSON.createObjectNode()
            .put("id", "chatcmpl-fake")
            .put("object", object)
            .put("created", CREATED)
            .put("model", reply.prompt().model());
    if (reply.name().has(Habit.UNKNOWN_FIELDS)) {
      head.put("service_tier", "default").put("system_fingerprint", "fp_fake");
      head.putObject("x_unknown").put("deep", 1.10).putArray("list").add("ü").addNull();
    }
    return head;
  }

  static String spelt(End end) {
    return switch (end) {
      case STOP, REFUSAL -> "stop";
      case LENGTH -> "length";
      case TOOLS -> "tool_calls";
    };
  }

  static ObjectNode usage(Reply reply) {
    ObjectNode usage = JSON.createObjectNode();
    usage
        .put("prompt_tokens", reply.prompt().words())
        .put("completion_tokens", reply.completionTokens())
        .put("total_tokens", reply.prompt().words() + reply.completionTokens());
    usage
        .putObject("prompt_tokens_details")
        .put("cached_tokens", reply.cachedTokens())
        .put("audio_tokens", 0);
    usage
        .putObject("completion_tokens_details")
        .put("reasoning_tokens", reply.reasoningTokens())
        .put("audio_tokens", 0)
        .put("accepted_prediction_tokens", 0)
        .put("rejected_prediction_tokens", 0);
    return usage;
  }

  static void putLogprobs(ObjectNode choice, Prompt prompt, List<String> pieces) {
    if (prompt.topLogprobs() < 0) {
      choice.putNull("logprobs");
      return;
    }
    ObjectNode logprobs = choice.putObject("logprobs").putNull("refusal");
    logprobs.putArray("content");
    for (String piece : pieces) {
      ObjectNode token = putToken(logprobs.withArray("content").addObject(), piece);
      token.putArray("top_logprobs");
      for (int i = 0; i < prompt.topLogprobs(); i++) {
        putToken(token.withArray("top_logprobs").addObject(), piece);
      }
    }
  }

  private static ObjectNode putToken(ObjectNode token, String piece) {
    token.put("token", piece).put("logprob", -0.25);
    for (byte next : piece.getBytes(StandardCharsets.UTF_8)) {
      token.withArray("bytes").add(Byte.toUnsignedInt(next));
    }
    return token;
  }

  @Override
  public byte[] error(int status, String message) {
    return write(errorOf(status, message)).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String errorEvent(String message) {
    return "data: " + write(errorOf(500, message)) + "\n\n";
  }

  private static ObjectNode errorOf(int status, String message) {
    ObjectNode error = JSON.createObjectNode();
    error
        .putObject("error")
        .put("message", message)
        .put("type", type(status))
        .putNull("param")
        .put("code", CODES.get(status));
    return error;
  }

  private static final Map<Integer, String> CODES =
      Map.of(
          401, "invalid_api_key",
          402, "insufficient_quota",
          404, "model_not_found",
          429, "rate_limit_exceeded");

  private static String type(int status) {
    if (status == 429) {
      return "requests";
    }
    return status >= 500 ? "server_error" : "invalid_request_error";
  }

  /** The answer to {@code GET /v1/models}. */
  static byte[] models(List<String> names) {
    ObjectNode list = JSON.createObjectNode().put("object", "list");
    for (String name : names) {
      list.withArray("data")
          .addObject()
          .put("id", name)
          .put("object", "model")
          .put("created", CREATED)
          .put("owned_by", "fake");
    }
    return write(list).getBytes(StandardCharsets.UTF_8);
  }

  static String write(ObjectNode json) {
    try {
      return JSON.writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("no JSON can be made of a tree", e);
    }
  }
}
