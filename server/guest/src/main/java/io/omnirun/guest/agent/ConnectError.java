package io.omnirun.guest.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;

/**
 * An error as the Connect protocol spells it. The guest wrote it: the text is cut, and only codes
 * that are known count. Source: connectrpc.com/docs/protocol.
 */
record ConnectError(String code, String message) {
  private static final int MAX_MESSAGE_CHARACTERS = 300;
  private static final ObjectMapper JSON = new ObjectMapper();

  static ConnectError parse(byte[] body) {
    try {
      return of(JSON.readTree(body));
    } catch (IOException e) {
      return new ConnectError("unknown", "the agent's error is not understood");
    }
  }

  static ConnectError of(JsonNode error) {
    String message = error.path("message").asText("");
    return new ConnectError(
        error.path("code").asText("unknown"),
        message.length() <= MAX_MESSAGE_CHARACTERS
            ? message
            : message.substring(0, MAX_MESSAGE_CHARACTERS));
  }

  OmniRunException asOmniRunException() {
    return new OmniRunException(
        errorCode(), message.isEmpty() ? "the agent answered " + code : message);
  }

  private ErrorCode errorCode() {
    return switch (code) {
      case "unauthenticated" ->
          message.startsWith("invalid username")
              ? ErrorCode.USER_NOT_FOUND
              : ErrorCode.GUEST_UNREACHABLE;
      case "invalid_argument" -> invalidArgument();
      case "not_found" -> ErrorCode.PROCESS_NOT_FOUND;
      case "permission_denied" -> ErrorCode.PERMISSION_DENIED;
      case "resource_exhausted" -> ErrorCode.DISK_FULL;
      default -> ErrorCode.GUEST_UNREACHABLE;
    };
  }

  private ErrorCode invalidArgument() {
    if (message.startsWith("cwd ")) {
      return ErrorCode.CWD_NOT_FOUND;
    }
    return message.contains("too large") || message.contains("too long")
        ? ErrorCode.COMMAND_TOO_LARGE
        : ErrorCode.INVALID_REQUEST;
  }
}
