package io.omnirun.http;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;

/** Writes one JSON value. */
@FunctionalInterface
public interface JsonWriter {
  /** Writes exactly one value; must not close {@code json}. */
  void writeTo(JsonGenerator json) throws IOException;
}
