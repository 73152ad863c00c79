package io.omnirun.rest;

import io.omnirun.http.JsonFields;
import java.nio.charset.StandardCharsets;

/** The body of the routes that type something: {@code {"data":string}}. */
final class InputBody {
  /** Sixteen times what a pipe holds; what is longer belongs into a file. */
  static final long LIMIT_BYTES = 1024 * 1024;

  private InputBody() {}

  static byte[] parse(JsonFields body) {
    return body.requiredString("data").getBytes(StandardCharsets.UTF_8);
  }
}
