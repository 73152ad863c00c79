package io.omnirun.e2e.contract;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.UncheckedIOException;

/**
 * What the program that runs the contract tells the one that has started it, a line each.
 *
 * @param subject a test's name; of {@link Kind#CRASH}, a machine's
 * @param millis how long the test took
 * @param text how it failed
 */
record ContractMessage(Kind kind, String subject, long millis, String text) {
  enum Kind {
    PASSED,
    FAILED,

    /** Asks for the end of a machine's VMM, and waits for a line. */
    CRASH
  }

  private static final ObjectMapper JSON = new ObjectMapper();

  static ContractMessage parse(String line) {
    try {
      return JSON.readValue(line, ContractMessage.class);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  String line() {
    try {
      return JSON.writeValueAsString(this);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }
}
