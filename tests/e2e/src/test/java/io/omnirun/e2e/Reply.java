package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;

/** An answer of the API. */
record Reply(int status, String contentType, String body) {
  private static final ObjectMapper JSON = new ObjectMapper();

  JsonNode json() {
    try {
      return JSON.readTree(body);
    } catch (IOException e) {
      throw new UncheckedIOException("not JSON: " + body, e);
    }
  }

  String text(String field) {
    return json().path(field).asText();
  }

  Reply expect(int expected) {
    assertThat(status).as("status of %s", body).isEqualTo(expected);
    return this;
  }

  Reply expectError(int expected, String code) {
    expect(expected);
    assertThat(text("code")).as("code in %s", body).isEqualTo(code);
    assertThat(text("error")).isNotBlank();
    assertThat(text("message")).isNotBlank();
    return this;
  }
}
