package io.omnirun.llm.request;

import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.llm.wire.JsonFields;
import io.omnirun.llm.wire.JsonFields.Field;
import io.omnirun.llm.wire.JsonText;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/** Reads single fields by type; null is as good as absent, and a wrong type is refused. */
public record Values(JsonFields fields) {
  public Optional<String> text(String name) {
    return fields
        .find(name)
        .map(field -> node(name, field, JsonToken.VALUE_STRING, "a string").textValue());
  }

  public boolean flag(String name) {
    Optional<Field> field = fields.find(name);
    if (field.isEmpty()) {
      return false;
    }
    JsonToken type = field.get().type();
    if (type != JsonToken.VALUE_TRUE && type != JsonToken.VALUE_FALSE) {
      throw Problems.invalid("field \"" + name + "\" must be a boolean");
    }
    return type == JsonToken.VALUE_TRUE;
  }

  public OptionalLong integer(String name, long min, long max) {
    Optional<Field> field = fields.find(name);
    if (field.isEmpty()) {
      return OptionalLong.empty();
    }
    String expected = "an integer from " + min + " to " + max;
    JsonNode number = node(name, field.get(), JsonToken.VALUE_NUMBER_INT, expected);
    if (!number.canConvertToLong() || number.longValue() < min || number.longValue() > max) {
      throw Problems.invalid("field \"" + name + "\" must be " + expected);
    }
    return OptionalLong.of(number.longValue());
  }

  public Optional<JsonFields> object(String name) {
    return fields
        .find(name)
        .map(
            field -> {
              try {
                return JsonFields.read(fields.value(field));
              } catch (IOException e) {
                throw Problems.invalid("field \"" + name + "\" must be an object");
              }
            });
  }

  private JsonNode node(String name, Field field, JsonToken type, String expected) {
    if (field.type() != type) {
      throw Problems.invalid("field \"" + name + "\" must be " + expected);
    }
    try {
      return JsonText.scalar(fields.value(field));
    } catch (IOException beyondMeasure) {
      throw Problems.invalid("field \"" + name + "\" must be " + expected);
    }
  }
}
