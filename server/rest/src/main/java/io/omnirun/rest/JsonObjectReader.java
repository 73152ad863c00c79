package io.omnirun.rest;

import io.omnirun.http.RefusedBodyException;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Walks through the fields of one JSON object as its bytes arrive. For each name that {@link
 * #nextName} gives, the value is taken by exactly one of the other methods. All methods throw
 * {@link io.omnirun.http.RefusedBodyException} for what is not JSON. Not thread-safe.
 */
final class JsonObjectReader {
  /** Names are remembered, to find one that comes twice. */
  private static final int MAX_NAMES = 64;

  private static final int MAX_NAME_BYTES = 256;

  private final JsonBytes json;
  private final JsonSkipper skipper;
  private final Set<String> names = new HashSet<>();
  private final boolean isDocument;
  private boolean opened;

  /** Of an object that is all there is in a document. */
  JsonObjectReader(InputStream source) {
    this(new JsonBytes(source), true);
  }

  private JsonObjectReader(JsonBytes json, boolean isDocument) {
    this.json = json;
    this.skipper = new JsonSkipper(json);
    this.isDocument = isDocument;
  }

  /** Of the object that comes next in a larger document. */
  static JsonObjectReader within(JsonBytes json) {
    return new JsonObjectReader(json, false);
  }

  /** The name of the next field; empty when object and document have ended properly. */
  Optional<String> nextName() throws IOException {
    if (!opened) {
      open();
      if (json.peekToken() == '}') {
        return end();
      }
    } else if (json.peekToken() == '}') {
      return end();
    } else {
      json.expectToken(',');
    }
    return Optional.of(name());
  }

  private void open() throws IOException {
    int start = json.peekToken();
    if (start != '{') {
      throw start == JsonBytes.END
          ? JsonBytes.malformed("it is empty; an object is expected")
          : JsonBytes.malformed("an object is expected");
    }
    json.next();
    opened = true;
  }

  private Optional<String> end() throws IOException {
    json.next();
    if (isDocument && json.peekToken() != JsonBytes.END) {
      throw JsonBytes.malformed("there is something behind the object");
    }
    return Optional.empty();
  }

  private String name() throws IOException {
    json.expectToken('"');
    String name = new JsonText(json).readAll("a name", MAX_NAME_BYTES);
    if (!names.add(name)) {
      throw JsonBytes.malformed("a field is there twice");
    }
    if (names.size() > MAX_NAMES) {
      throw JsonBytes.malformed("there are more than " + MAX_NAMES + " fields");
    }
    json.expectToken(':');
    return name;
  }

  /** The value of a text field; empty if it is null. */
  Optional<String> text(String field, int maxBytes) throws IOException {
    Optional<JsonText> text = openText(field);
    return text.isPresent() ? Optional.of(text.get().readAll(field, maxBytes)) : Optional.empty();
  }

  /** The value of a text field, to be read to its end before the next name; empty if null. */
  Optional<JsonText> openText(String field) throws IOException {
    int start = json.peekToken();
    if (start == '"') {
      json.next();
      return Optional.of(new JsonText(json));
    }
    skipper.skipValue();
    if (start != 'n') {
      throw new RefusedBodyException(
          InvalidRequest.because(
              "field \"%s\" must be a string, not %s".formatted(field, kind(start))));
    }
    return Optional.empty();
  }

  /** Reads over the value. */
  void skip() throws IOException {
    skipper.skipValue();
  }

  private static String kind(int start) {
    return switch (start) {
      case '{' -> "an object";
      case '[' -> "an array";
      case 't', 'f' -> "a boolean";
      default -> "a number";
    };
  }
}
