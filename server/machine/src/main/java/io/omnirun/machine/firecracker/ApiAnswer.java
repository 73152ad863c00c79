package io.omnirun.machine.firecracker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/**
 * What Firecracker's API answered.
 *
 * @param body empty if there was none
 */
record ApiAnswer(int status, String body) {
  private static final int FIRST_REFUSAL = 300;

  boolean isRefusal() {
    return status >= FIRST_REFUSAL;
  }

  /**
   * Its reason in its own words: {@code fault_message}, of malformed requests {@code error}, and
   * what cannot be read as either as it came.
   */
  String fault(ObjectMapper json) {
    try {
      JsonNode answer = json.readTree(body);
      JsonNode fault =
          answer.has("fault_message") ? answer.get("fault_message") : answer.get("error");
      return fault == null ? "status " + status + ": " + body : fault.asText();
    } catch (JsonProcessingException e) {
      return "status " + status + ": " + body;
    }
  }
}
