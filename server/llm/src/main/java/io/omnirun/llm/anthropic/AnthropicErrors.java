package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Errors of the one protocol in the other's shape. The provider's message goes through as it is;
 * what the body does not say, the status does.
 */
public final class AnthropicErrors {
  private static final int INTERNAL = 500;
  private static final String TOO_LONG = "prompt is too long";

  private AnthropicErrors() {}

  /** An error's type and code as OpenAI's clients know them. */
  private record Kind(String type, String code) {}

  /**
   * An error of Anthropic's as OpenAI has it, and its message once more at the top.
   *
   * @param anthropicErrorBody whatever came with the status, null of JSON for nothing
   */
  public static ObjectNode toOpenAi(int status, JsonNode anthropicErrorBody) {
    ObjectNode body = openAi(status, anthropicErrorBody);
    return body.put("message", body.path("error").path("message").asText());
  }

  /** An error in the middle of a stream, where there is no status any more. */
  static ObjectNode inOpenAiStream(JsonNode event) {
    return openAi(INTERNAL, event);
  }

  private static ObjectNode openAi(int status, JsonNode anthropicErrorBody) {
    JsonNode error = anthropicErrorBody.path("error");
    String message = messageOf(status, anthropicErrorBody);
    String type =
        AnswerFields.filledText(error, "type").orElseGet(() -> AnthropicErrorTypes.of(status));
    Kind kind = kind(type, message);
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.putObject("error")
        .put("message", message)
        .put("type", kind.type())
        .putNull("param")
        .put("code", kind.code());
    return body;
  }

  private static Kind kind(String anthropicType, String message) {
    return switch (anthropicType) {
      case "invalid_request_error" -> new Kind("invalid_request_error", codeOfInvalid(message));
      case "authentication_error" -> new Kind("authentication_error", "invalid_api_key");
      case "billing_error" -> new Kind("insufficient_quota", "insufficient_quota");
      case "permission_error" -> new Kind("permission_error", "permission_denied");
      case "not_found_error" -> new Kind("invalid_request_error", "not_found");
      case "request_too_large" -> new Kind("invalid_request_error", "request_too_large");
      case "rate_limit_error" -> new Kind("rate_limit_error", "rate_limit_exceeded");
      case "timeout_error" -> new Kind("server_error", "timeout");
      case "overloaded_error" -> new Kind("server_error", "overloaded");
      default -> new Kind("server_error", "upstream_error");
    };
  }

  /** Agents shorten their history at OpenAI's code; Anthropic says it in words alone. */
  private static String codeOfInvalid(String message) {
    return message.toLowerCase(Locale.ROOT).contains(TOO_LONG)
        ? "context_length_exceeded"
        : "invalid_request";
  }

  /**
   * An error of OpenAI's, or of one of the many that answer nearly like it, as Anthropic has it.
   *
   * @param openAiErrorBody whatever came with the status, null of JSON for nothing
   */
  public static ObjectNode ofOpenAi(int status, JsonNode openAiErrorBody) {
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("type", "error");
    body.putObject("error")
        .put("type", AnthropicErrorTypes.of(status))
        .put("message", messageOf(status, openAiErrorBody));
    return body;
  }

  private static String messageOf(int status, JsonNode body) {
    return firstOf(
            AnswerFields.filledText(body.path("error"), "message"),
            AnswerFields.filledText(body, "message"),
            AnswerFields.filledText(body, "error"),
            AnswerFields.filledText(body, "detail"))
        .orElse("the model's provider has failed with status %d".formatted(status));
  }

  @SafeVarargs
  private static Optional<String> firstOf(Optional<String>... texts) {
    return Arrays.stream(texts).flatMap(Optional::stream).findFirst();
  }
}
