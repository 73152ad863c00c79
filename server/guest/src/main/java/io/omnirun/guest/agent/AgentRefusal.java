package io.omnirun.guest.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;

/**
 * The agent's own word for why it refused a call: the cause of the {@link OmniRunException} that
 * callers see. The guest wrote it, so the text is cut and the code is only compared.
 */
final class AgentRefusal extends Exception {
  private static final long serialVersionUID = 1L;

  /** Enough for a path of usual length and what is wrong with it. */
  private static final int MAX_MESSAGE_CHARACTERS = 1000;

  /** Codes of the Connect protocol are short words, HTTP's are numbers. */
  private static final int MAX_CODE_CHARACTERS = 32;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final String code;

  private AgentRefusal(String code, String message) {
    super(message);
    this.code = code;
  }

  /**
   * Reads an answer of plain HTTP that is no success: the status counts, not what the body says.
   */
  static AgentRefusal ofHttp(int status, byte[] body) {
    String code = Integer.toString(status);
    try {
      return of(code, JSON.readTree(body));
    } catch (IOException e) {
      AgentRefusal unreadable = of(code, NullNode.getInstance());
      unreadable.initCause(e);
      return unreadable;
    }
  }

  /** Reads an answer of the Connect protocol that is no success. */
  static AgentRefusal ofConnect(byte[] body) {
    try {
      return of(JSON.readTree(body));
    } catch (IOException e) {
      AgentRefusal unreadable = of(NullNode.getInstance());
      unreadable.initCause(e);
      return unreadable;
    }
  }

  /** Reads the error of a stream's last message, at {@code error}. */
  static AgentRefusal of(JsonNode error) {
    return of(cut(error.path("code").asText("unknown"), MAX_CODE_CHARACTERS), error);
  }

  private static AgentRefusal of(String code, JsonNode error) {
    String message = cut(error.path("message").asText(""), MAX_MESSAGE_CHARACTERS);
    return new AgentRefusal(
        code, message.isBlank() ? "the sandbox's agent answered " + code : message);
  }

  private static String cut(String text, int maxCharacters) {
    return text.length() <= maxCharacters ? text : text.substring(0, maxCharacters);
  }

  /** Connect's code, or the HTTP status in digits. */
  String code() {
    return code;
  }

  /** The text for users. */
  String text() {
    return String.valueOf(getMessage());
  }
}
