package io.omnirun.rest;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * Walks through a JSON array of objects as its bytes arrive. Each object is read to its end before
 * the next is asked for. Throws as {@link JsonObjectReader}. Not thread-safe.
 */
final class JsonArrayReader {
  private final JsonBytes json;
  private boolean opened;

  JsonArrayReader(InputStream source) {
    this.json = new JsonBytes(source);
  }

  /** The next object; empty when array and document have ended properly. */
  Optional<JsonObjectReader> next() throws IOException {
    if (!opened) {
      open();
      if (json.peekToken() == ']') {
        return end();
      }
    } else if (json.peekToken() == ']') {
      return end();
    } else {
      json.expectToken(',');
    }
    if (json.peekToken() != '{') {
      throw JsonBytes.malformed("an object is expected within the array");
    }
    return Optional.of(JsonObjectReader.within(json));
  }

  private void open() throws IOException {
    int start = json.peekToken();
    if (start != '[') {
      throw start == JsonBytes.END
          ? JsonBytes.malformed("it is empty; an array is expected")
          : JsonBytes.malformed("an array is expected");
    }
    json.next();
    opened = true;
  }

  private Optional<JsonObjectReader> end() throws IOException {
    json.next();
    if (json.peekToken() != JsonBytes.END) {
      throw JsonBytes.malformed("there is something behind the array");
    }
    return Optional.empty();
  }
}
