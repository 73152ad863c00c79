package io.omnirun.guest.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;

/** Makes our errors of what the agent answers; the texts come from the guest and are cut. */
final class AgentFailure {
  private static final int INSUFFICIENT_STORAGE = 507;
  private static final int MAX_MESSAGE_CHARACTERS = 300;
  private static final ObjectMapper JSON = new ObjectMapper();

  private AgentFailure() {}

  /**
   * A call that found no answer. The failure of a body that the caller streams is the caller's own.
   */
  static OmniRunException of(Throwable cause) {
    for (Throwable current = cause; current != null; current = current.getCause()) {
      if (current instanceof OmniRunException ours) {
        return ours;
      }
    }
    return new OmniRunException(
        ErrorCode.GUEST_UNREACHABLE, "the sandbox's agent does not answer", cause);
  }

  /** An answer that is no success. */
  static OmniRunException of(int status, String path, byte[] body) {
    if (!path.startsWith("/files")) {
      return ConnectError.parse(body).asOmniRunException();
    }
    return new OmniRunException(fileError(status, message(body)), message(body));
  }

  private static ErrorCode fileError(int status, String message) {
    return switch (status) {
      case 400 ->
          message.contains("path") && message.contains("invalid")
              ? ErrorCode.INVALID_PATH
              : ErrorCode.NOT_A_FILE;
      case 401 -> message.contains("user") ? ErrorCode.USER_NOT_FOUND : ErrorCode.GUEST_UNREACHABLE;
      case 403 -> ErrorCode.PERMISSION_DENIED;
      case 404 -> ErrorCode.FILE_NOT_FOUND;
      case INSUFFICIENT_STORAGE -> ErrorCode.DISK_FULL;
      default -> ErrorCode.GUEST_UNREACHABLE;
    };
  }

  private static String message(byte[] body) {
    try {
      JsonNode error = JSON.readTree(body);
      String message = error.path("message").asText("the agent refused");
      return message.length() <= MAX_MESSAGE_CHARACTERS
          ? message
          : message.substring(0, MAX_MESSAGE_CHARACTERS);
    } catch (IOException e) {
      return "the agent refused";
    }
  }
}
