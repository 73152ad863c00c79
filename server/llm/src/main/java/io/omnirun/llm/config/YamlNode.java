package io.omnirun.llm.config;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.StreamSupport;

/**
 * A value of a configuration file, read by type; whatever is wrong is told with its place.
 *
 * @param place its path in the file
 */
record YamlNode(String place, JsonNode value) {
  /** The fields of an object, each known. */
  YamlNode withFields(String... names) {
    Set<String> known = Set.of(names);
    fields()
        .keySet()
        .forEach(
            name -> {
              if (!known.contains(name)) {
                throw invalid("has a key \"" + name + "\" that this version does not know");
              }
            });
    return this;
  }

  /** The fields of an object, in the order of the file; none if it is absent. */
  Map<String, YamlNode> fields() {
    if (value.isMissingNode() || value.isNull()) {
      return Map.of();
    }
    if (!value.isObject()) {
      throw invalid("must be a mapping");
    }
    Map<String, YamlNode> fields = new LinkedHashMap<>();
    value.properties().forEach(field -> fields.put(field.getKey(), at(field.getKey())));
    return fields;
  }

  YamlNode at(String name) {
    return new YamlNode(place.isEmpty() ? name : place + "." + name, value.path(name));
  }

  boolean isThere() {
    return !value.isMissingNode() && !value.isNull();
  }

  String text() {
    if (!value.isTextual() || value.textValue().isBlank()) {
      throw invalid("must be a text");
    }
    return value.textValue().strip();
  }

  Optional<String> optionalText() {
    return isThere() ? Optional.of(text()) : Optional.empty();
  }

  String oneOf(List<String> allowed) {
    String text = isThere() ? text() : allowed.getFirst();
    if (!allowed.contains(text)) {
      throw invalid("must be one of " + String.join(", ", allowed));
    }
    return text;
  }

  List<YamlNode> list() {
    if (!isThere()) {
      return List.of();
    }
    if (!value.isArray()) {
      throw invalid("must be a list");
    }
    return StreamSupport.stream(value.spliterator(), false)
        .map(element -> new YamlNode(place + "[]", element))
        .toList();
  }

  long number(long fallback, long min, long max) {
    if (!isThere()) {
      return fallback;
    }
    if (!value.isIntegralNumber() || value.longValue() < min || value.longValue() > max) {
      throw invalid("must be a whole number from " + min + " to " + max);
    }
    return value.longValue();
  }

  BigDecimal decimal() {
    if (!value.isNumber()) {
      throw invalid("must be a number");
    }
    return value.decimalValue();
  }

  OmniRunException invalid(String problem) {
    return new OmniRunException(
        ErrorCode.CONFIGURATION_INVALID, "language models: " + place + " " + problem);
  }
}
