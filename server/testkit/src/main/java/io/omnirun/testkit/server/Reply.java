package io.omnirun.testkit.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;

/** An answer of the API. */
public record Reply(int status, String contentType, String body) {
  private static final ObjectMapper JSON = new ObjectMapper();

  public JsonNode json() {
    try {
      return JSON.readTree(body);
    } catch (IOException e) {
      throw new UncheckedIOException("not JSON: " + body, e);
    }
  }

  public String text(String field) {
    return json().path(field).asText();
  }

  /** This reply, if it has that status. */
  public Reply expect(int expected) {
    if (status != expected) {
      throw new AssertionError("status " + status + " instead of " + expected + ": " + body);
    }
    return this;
  }

  /** This reply, if it is that error with texts for people. */
  public Reply expectError(int expected, String code) {
    expect(expected);
    if (!text("code").equals(code) || text("error").isBlank() || text("message").isBlank()) {
      throw new AssertionError("not an error " + code + ": " + body);
    }
    return this;
  }
}
