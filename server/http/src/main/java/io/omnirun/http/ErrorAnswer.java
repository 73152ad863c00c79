package io.omnirun.http;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * What a failed request is answered: a status and {@code {"error","message","code"}}. Both texts
 * are the same, for some clients read one and some the other.
 */
record ErrorAnswer(int status, ErrorCode code, String message) {
  /** Of faults that are ours callers learn nothing but that. */
  private static final String INTERNAL_MESSAGE =
      "an internal error; the server's log has the details";

  static ErrorAnswer of(OmniRunException failure) {
    return new ErrorAnswer(
        failure.code().httpStatus(), failure.code(), requireNonNull(failure.getMessage()));
  }

  static ErrorAnswer internal() {
    return new ErrorAnswer(ErrorCode.INTERNAL.httpStatus(), ErrorCode.INTERNAL, INTERNAL_MESSAGE);
  }

  void writeTo(JsonGenerator json) throws IOException {
    ErrorFormat.OWN.write(json, status, code, message);
  }

  byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JsonBody.generator(bytes)) {
      writeTo(json);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory failed", e);
    }
    return bytes.toByteArray();
  }
}
