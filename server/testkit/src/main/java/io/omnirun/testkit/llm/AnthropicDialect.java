package io.omnirun.testkit.llm;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.testkit.llm.Reply.Choice;
import io.omnirun.testkit.llm.Reply.End;
import io.omnirun.testkit.llm.Reply.ToolCall;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Messages, as Anthropic documents them. They have one choice. */
final class AnthropicDialect implements Dialect {
  private static final ObjectMapper JSON = new ObjectMapper();
  static final String SIGNATURE = "c2lnbmVk";

  @Override
  public Prompt prompt(JsonNode request) {
    return AnthropicPrompt.read(request);
  }

  @Override
  public byte[] whole(Reply reply) {
    ObjectNode message = message(reply);
    Choice choice = reply.choices().getFirst();
    ArrayNode content = message.withArray("content");
    if (!reply.thoughts().isEmpty()) {
      content
          .addObject()
          .put("type", "thinking")
          .put("thinking", String.join("", reply.thoughts()))
          .put("signature", SIGNATURE);
    }
    if (!choice.pieces().isEmpty()) {
      content.addObject().put("type", "text").put("text", choice.text());
    }
    choice.calls().forEach(call -> addCall(content, call));
    message.put("stop_reason", spelt(choice.end()));
    if (!reply.name().has(Habit.NO_USAGE)) {
      message.set("usage", usage(reply).put("output_tokens", reply.completionTokens()));
    }
    return write(message).getBytes(StandardCharsets.UTF_8);
  }

  private static void addCall(ArrayNode content, ToolCall call) {
    ObjectNode block = content.addObject().put("type", "tool_use");
    block.put("id", "toolu_" + call.id()).put("name", call.name());
    try {
      block.set("input", JSON.readTree(call.arguments()));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the arguments are no JSON", e);
    }
  }

  @Override
  public List<String> events(Reply reply) {
    return new AnthropicEvents(reply).all();
  }

  /** A message without content. */
  static ObjectNode message(Reply reply) {
    ObjectNode message = JSON.createObjectNode();
    message.put("id", "msg_fake").put("type", "message").put("role", "assistant");
    message.put("model", reply.prompt().model()).putArray("content");
    message.putNull("stop_reason").putNull("stop_sequence");
    if (reply.name().has(Habit.UNKNOWN_FIELDS)) {
      message.putObject("x_unknown").put("deep", 1.10).putArray("list").add("ü").addNull();
    }
    return message;
  }

  /** All but the tokens of the output. Cached tokens are counted apart. */
  static ObjectNode usage(Reply reply) {
    return JSON.createObjectNode()
        .put("input_tokens", reply.prompt().words() - reply.cachedTokens())
        .put("cache_creation_input_tokens", 0)
        .put("cache_read_input_tokens", reply.cachedTokens());
  }

  static String spelt(End end) {
    return switch (end) {
      case STOP -> "end_turn";
      case LENGTH -> "max_tokens";
      case TOOLS -> "tool_use";
      case REFUSAL -> "refusal";
    };
  }

  @Override
  public byte[] error(int status, String message) {
    return write(errorOf(type(status), message)).getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String errorEvent(String message) {
    return event(errorOf("overloaded_error", message));
  }

  private static ObjectNode errorOf(String type, String message) {
    ObjectNode error = JSON.createObjectNode().put("type", "error");
    error.putObject("error").put("type", type).put("message", message);
    return error.put("request_id", "req_fake");
  }

  private static String type(int status) {
    return switch (status) {
      case 401 -> "authentication_error";
      case 402 -> "billing_error";
      case 403 -> "permission_error";
      case 404 -> "not_found_error";
      case 413 -> "request_too_large";
      case 429 -> "rate_limit_error";
      case 529 -> "overloaded_error";
      default -> status >= 500 ? "api_error" : "invalid_request_error";
    };
  }

  /** An event, which has the name of the type of what it holds. */
  static String event(ObjectNode data) {
    return "event: %s\ndata: %s\n\n".formatted(data.path("type").asText(), write(data));
  }

  private static String write(ObjectNode json) {
    try {
      return JSON.writeValueAsString(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("no JSON can be made of a tree", e);
    }
  }
}
