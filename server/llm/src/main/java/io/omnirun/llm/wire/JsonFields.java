package io.omnirun.llm.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Where the fields of a JSON object stand in its text.
 *
 * @param text of which the object is a part, or all
 * @param byName in the order of the text; a name stands once
 */
public record JsonFields(byte[] text, Map<String, Field> byName) {
  /** More than any protocol's object has: many names cost memory. */
  private static final int MAX_FIELDS = 1_000;

  /**
   * A field; offsets are into the text.
   *
   * @param nameStart of the quote before its name
   * @param valueStart of its value's first byte
   * @param end behind its value's last byte
   */
  public record Field(int nameStart, int valueStart, int end, JsonToken type) {}

  /**
   * Reads a whole text.
   *
   * @throws IOException if it is no JSON object, or has a name twice: two readers would understand
   *     two things. Its message has nothing of the text but names.
   */
  public static JsonFields read(byte[] text) throws IOException {
    try (JsonParser parser = JsonText.parser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("not a JSON object");
      }
      JsonFields fields = new JsonFields(text, new LinkedHashMap<>());
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        fields.add(parser);
      }
      if (parser.nextToken() != null) {
        throw new IOException("there is something behind the JSON object");
      }
      return fields;
    } catch (JsonProcessingException e) {
      throw JsonText.withoutText(e);
    }
  }

  private void add(JsonParser parser) throws IOException {
    String name = parser.currentName();
    int nameStart = (int) parser.currentTokenLocation().getByteOffset();
    JsonToken type = parser.nextToken();
    int valueStart = (int) parser.currentTokenLocation().getByteOffset();
    parser.skipChildren();
    parser.finishToken();
    int end = (int) parser.currentLocation().getByteOffset();
    if (byName.put(name, new Field(nameStart, valueStart, end, type)) != null) {
      throw new IOException("the field \"" + name + "\" stands twice");
    }
    if (byName.size() > MAX_FIELDS) {
      throw new IOException("the object has more than " + MAX_FIELDS + " fields");
    }
  }

  /** A field that is there and not null. */
  public Optional<Field> find(String name) {
    return Optional.ofNullable(byName.get(name)).filter(f -> f.type() != JsonToken.VALUE_NULL);
  }

  /** The text of a field's value. */
  public byte[] value(Field field) {
    return java.util.Arrays.copyOfRange(text, field.valueStart(), field.end());
  }
}
