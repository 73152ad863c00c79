package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.model.OmniRunException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * An object of a client's request, read by type. null is as good as absent; a field of a wrong type
 * throws {@link OmniRunException} INVALID_REQUEST with the field's path.
 *
 * @param path of the object in the request, empty for the request itself
 */
record RequestFields(ObjectNode object, String path) {
  static RequestFields of(ObjectNode request) {
    return new RequestFields(request, "");
  }

  String pathOf(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  boolean has(String name) {
    return node(name).isPresent();
  }

  Optional<JsonNode> node(String name) {
    return Optional.ofNullable(object.get(name)).filter(value -> !value.isNull());
  }

  Optional<String> text(String name) {
    return node(name)
        .map(value -> value.isTextual() ? value.textValue() : wrong(name, "a string", value));
  }

  String requiredText(String name) {
    return text(name).orElseThrow(() -> missing(name, "a string"));
  }

  Optional<Boolean> bool(String name) {
    return node(name)
        .map(value -> value.isBoolean() ? value.booleanValue() : wrong(name, "a boolean", value));
  }

  /** A whole number of at least one. */
  OptionalInt positive(String name) {
    Optional<JsonNode> value = node(name);
    if (value.isEmpty()) {
      return OptionalInt.empty();
    }
    boolean fits = value.get().isIntegralNumber() && value.get().canConvertToInt();
    if (!fits || value.get().intValue() < 1) {
      return wrong(name, "an integer of at least 1", value.get());
    }
    return OptionalInt.of(value.get().intValue());
  }

  /** A number between bounds, both inclusive. */
  Optional<Double> number(String name, double min, double max) {
    return node(name)
        .map(
            value -> {
              double number = value.isNumber() ? value.doubleValue() : Double.NaN;
              return number >= min && number <= max
                  ? number
                  : wrong(name, "a number from %s to %s".formatted(min, max), value);
            });
  }

  Optional<RequestFields> object(String name) {
    return node(name).map(value -> asObject(name, value));
  }

  RequestFields requiredObject(String name) {
    return object(name).orElseThrow(() -> missing(name, "an object"));
  }

  /** The objects of an array; absent is empty. */
  List<RequestFields> objects(String name) {
    List<RequestFields> list = new ArrayList<>();
    for (JsonNode element : array(name)) {
      list.add(asObject("%s[%d]".formatted(name, list.size()), element));
    }
    return list;
  }

  /** The texts of an array; absent is empty. */
  List<String> texts(String name) {
    List<String> list = new ArrayList<>();
    for (JsonNode element : array(name)) {
      if (!element.isTextual()) {
        return wrong("%s[%d]".formatted(name, list.size()), "a string", element);
      }
      list.add(element.textValue());
    }
    return list;
  }

  private Iterable<JsonNode> array(String name) {
    return node(name)
        .<Iterable<JsonNode>>map(value -> value.isArray() ? value : wrong(name, "an array", value))
        .orElseGet(List::of);
  }

  private RequestFields asObject(String name, JsonNode value) {
    return value instanceof ObjectNode found
        ? new RequestFields(found, pathOf(name))
        : wrong(name, "an object", value);
  }

  /** Refuses a value that the other protocol knows nothing like. */
  OmniRunException unknown(String name, String value) {
    return InvalidRequest.at(
        pathOf(name),
        "is \"%s\", which cannot be translated for this model"
            .formatted(InvalidRequest.shown(value)));
  }

  /** Refuses a field that the other protocol knows nothing like. */
  OmniRunException untranslatable(String name) {
    return InvalidRequest.at(pathOf(name), "cannot be translated for this model; leave it out");
  }

  private OmniRunException missing(String name, String expected) {
    return InvalidRequest.at(pathOf(name), "is missing; %s is expected".formatted(expected));
  }

  private <T> T wrong(String name, String expected, JsonNode sent) {
    String kind = sent.getNodeType().name().toLowerCase(Locale.ROOT);
    throw InvalidRequest.at(pathOf(name), "must be %s, not %s".formatted(expected, kind));
  }
}
