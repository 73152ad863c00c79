package io.omnirun.llm;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.Map;

/**
 * A failure that a provider told in an answer that had begun as a success.
 *
 * @param status that it would have had
 */
public record ProviderFailure(int status, String message) {
  private static final int BAD_GATEWAY = 502;
  private static final int TOO_MANY = 429;
  private static final int MAX_MESSAGE_LENGTH = 1_000;

  /** What providers call their failures, and the statuses that go with it. */
  private static final Map<String, Integer> STATUSES =
      Map.of(
          "invalid_request_error", 400,
          "authentication_error", BAD_GATEWAY,
          "permission_error", BAD_GATEWAY,
          "not_found_error", 404,
          "rate_limit_error", TOO_MANY,
          "rate_limit_exceeded", TOO_MANY,
          "insufficient_quota", TOO_MANY,
          "overloaded_error", TOO_MANY);

  /** Reads the value of a field {@code error}: an object, or a text. */
  public static ProviderFailure of(JsonNode error) {
    String message = error.isTextual() ? error.asText() : error.path("message").asText("");
    return new ProviderFailure(status(error), shown(message));
  }

  private static int status(JsonNode error) {
    int byType = STATUSES.getOrDefault(error.path("type").asText(""), 0);
    int byCode = STATUSES.getOrDefault(error.path("code").asText(""), error.path("code").asInt());
    int status = byType == 0 ? byCode : byType;
    return status == TOO_MANY || status == 400 || status == 404 ? status : BAD_GATEWAY;
  }

  private static String shown(String message) {
    String text = message.isBlank() ? "the provider failed and did not say why" : message;
    return text.substring(0, Math.min(text.length(), MAX_MESSAGE_LENGTH));
  }

  /** The same as what is thrown where nothing was answered yet. */
  public OmniRunException asException() {
    return new OmniRunException(code(), message);
  }

  ErrorCode code() {
    return switch (status) {
      case 400 -> ErrorCode.INVALID_REQUEST;
      case 404 -> ErrorCode.LLM_MODEL_NOT_FOUND;
      case TOO_MANY -> ErrorCode.LLM_UPSTREAM_BUSY;
      default -> ErrorCode.LLM_UPSTREAM_FAILED;
    };
  }
}
