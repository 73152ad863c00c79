package io.omnirun.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;

/** The answer that says nothing but that it is done. */
final class EmptyJson {
  private EmptyJson() {}

  static void write(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeEndObject();
  }
}
