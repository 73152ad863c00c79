package io.omnirun.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The fields of a JSON object that a caller sent, read by type. A field of the wrong type is never
 * a default: every method throws {@link OmniRunException} INVALID_REQUEST naming the field, what is
 * expected and what was sent. null is as good as absent; fields that nobody reads are ignored,
 * unless {@link #allowOnly} is asked.
 */
public final class JsonFields {
  private final ObjectNode object;
  private final String prefix;

  JsonFields(ObjectNode object, String prefix) {
    this.object = object;
    this.prefix = prefix;
  }

  /** Whether a field is there, and not null. */
  public boolean has(String name) {
    return find(name).isPresent();
  }

  /** Refuses the object if it has a field of another name: where what is absent means something. */
  public void allowOnly(Collection<String> names) {
    object
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!names.contains(name)) {
                throw invalid(
                    "field \"%s%s\" is not known here; these are: %s"
                        .formatted(prefix, ShownText.shortened(name), String.join(", ", names)));
              }
            });
  }

  public Optional<String> optionalString(String name) {
    return find(name).map(value -> text(name, value));
  }

  public String requiredString(String name) {
    return optionalString(name)
        .orElseThrow(
            () ->
                invalid("field \"%s%s\" is missing; a string is expected".formatted(prefix, name)));
  }

  /**
   * A whole number within bounds, both inclusive. It must be written as one: 60, not 60.0 or 6e1.
   */
  public OptionalInt optionalInteger(String name, int min, int max) {
    Optional<JsonNode> value = find(name);
    if (value.isEmpty()) {
      return OptionalInt.empty();
    }
    JsonNode number = value.get();
    boolean inRange =
        number.isIntegralNumber()
            && number.canConvertToLong()
            && number.longValue() >= min
            && number.longValue() <= max;
    if (!inRange) {
      throw wrongType(name, "an integer from %d to %d".formatted(min, max), number);
    }
    return OptionalInt.of(number.intValue());
  }

  /** The same for numbers that are too large for an int. */
  public OptionalLong optionalLong(String name, long min, long max) {
    Optional<JsonNode> value = find(name);
    if (value.isEmpty()) {
      return OptionalLong.empty();
    }
    JsonNode number = value.get();
    if (!number.isIntegralNumber()
        || !number.canConvertToLong()
        || number.longValue() < min
        || number.longValue() > max) {
      throw wrongType(name, "an integer from %d to %d".formatted(min, max), number);
    }
    return OptionalLong.of(number.longValue());
  }

  /** A number within bounds, both inclusive, exactly as it was written. */
  public Optional<BigDecimal> optionalDecimal(String name, BigDecimal min, BigDecimal max) {
    Optional<JsonNode> number = find(name);
    if (number.isEmpty()) {
      return Optional.empty();
    }
    Optional<BigDecimal> decimal =
        number.filter(JsonFields::isFiniteNumber).map(JsonNode::decimalValue);
    if (decimal.isEmpty() || decimal.get().compareTo(min) < 0 || decimal.get().compareTo(max) > 0) {
      throw wrongType(
          name,
          "a number from %s to %s".formatted(min.toPlainString(), max.toPlainString()),
          number.get());
    }
    return decimal;
  }

  /** What is written with an exponent of thousands is read as infinite. */
  private static boolean isFiniteNumber(JsonNode node) {
    return node.isNumber() && Double.isFinite(node.doubleValue());
  }

  /** A boolean; absent is false. */
  public boolean flag(String name) {
    return find(name).map(value -> bool(name, value)).orElse(false);
  }

  private boolean bool(String name, JsonNode value) {
    if (!value.isBoolean()) {
      throw wrongType(name, "a boolean", value);
    }
    return value.booleanValue();
  }

  /** An object whose values are all strings; absent is empty. In the order sent. */
  public Map<String, String> stringMap(String name) {
    Map<String, String> map = new LinkedHashMap<>();
    find(name)
        .map(value -> asObject(name, value))
        .ifPresent(
            entries ->
                entries.forEachEntry(
                    (key, value) ->
                        map.put(
                            wellFormed(name, key),
                            text(name + "." + ShownText.shortened(key), value))));
    return map;
  }

  /** An array of strings; absent is empty. */
  public List<String> stringList(String name) {
    List<String> list = new ArrayList<>();
    find(name)
        .ifPresent(
            array -> {
              if (!array.isArray()) {
                throw wrongType(name, "an array of strings", array);
              }
              array.forEach(
                  element -> list.add(text("%s[%d]".formatted(name, list.size()), element)));
            });
    return list;
  }

  /** The fields of an object within this one. */
  public Optional<JsonFields> optionalObject(String name) {
    return find(name).map(value -> new JsonFields(asObject(name, value), prefix + name + "."));
  }

  private Optional<JsonNode> find(String name) {
    return Optional.ofNullable(object.get(name)).filter(value -> !value.isNull());
  }

  private ObjectNode asObject(String name, JsonNode value) {
    if (!(value instanceof ObjectNode found)) {
      throw wrongType(name, "an object", value);
    }
    return found;
  }

  private String text(String name, JsonNode value) {
    if (!value.isTextual()) {
      throw wrongType(name, "a string", value);
    }
    return wellFormed(name, value.textValue());
  }

  /** JSON can escape half a surrogate pair, of which no UTF-8 can be made. */
  private String wellFormed(String name, String text) {
    boolean broken =
        text.codePoints()
            .anyMatch(
                point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE);
    if (broken) {
      throw invalid(
          "field \"%s%s\" holds half a surrogate pair, which is no character"
              .formatted(prefix, name));
    }
    return text;
  }

  private OmniRunException wrongType(String name, String expected, JsonNode sent) {
    return invalid(
        "field \"%s%s\" must be %s, not %s".formatted(prefix, name, expected, JsonKind.of(sent)));
  }

  private static OmniRunException invalid(String message) {
    return new OmniRunException(ErrorCode.INVALID_REQUEST, message);
  }
}
