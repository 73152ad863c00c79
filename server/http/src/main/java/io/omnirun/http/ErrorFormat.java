package io.omnirun.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.model.ErrorCode;
import java.io.IOException;

/** How clients of a protocol are told what went wrong. */
@FunctionalInterface
public interface ErrorFormat {
  /**
   * The API's own: {@code {"error","message","code"}}. Both texts are the same, for some clients
   * read one and some the other.
   */
  ErrorFormat OWN =
      (json, status, code, message) -> {
        json.writeStartObject();
        json.writeStringField("error", message);
        json.writeStringField("message", message);
        json.writeStringField("code", code.slug());
        json.writeEndObject();
      };

  /** Writes one JSON value; a {@code status} has been sent. */
  void write(JsonGenerator json, int status, ErrorCode code, String message) throws IOException;
}
