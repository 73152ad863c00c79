package io.omnirun.images;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * One mapping of a template's file. Hands out typed values by key; every error names the file, the
 * key and what is allowed, as a TEMPLATE_INVALID. Remembers the keys it was asked for: {@link
 * #refuseOtherKeys} is the last call. Not thread-safe.
 */
final class YamlMapping {
  private final String fileName;
  private final String path;
  private final JsonNode node;
  private final Set<String> known = new HashSet<>();

  /**
   * @param fileName as users know the file
   * @param path the key of this mapping in the file, empty for the outermost
   */
  YamlMapping(String fileName, String path, JsonNode node) {
    this.fileName = fileName;
    this.path = path;
    this.node = node;
    if (!node.isObject()) {
      throw invalid("", "a mapping of keys to values");
    }
  }

  String text(String key, TextRule rule) {
    return optionalText(key, rule).orElseThrow(() -> invalid(key, "given: " + rule.allowed()));
  }

  Optional<String> optionalText(String key, TextRule rule) {
    return child(key).map(value -> checkText(key, value, rule));
  }

  int integer(String key, int min, int max) {
    return optionalInteger(key, min, max)
        .orElseThrow(() -> invalid(key, "given: " + range(min, max)));
  }

  Optional<Integer> optionalInteger(String key, int min, int max) {
    return child(key)
        .map(
            value -> {
              if (!value.canConvertToInt()
                  || !value.isIntegralNumber()
                  || value.intValue() < min
                  || value.intValue() > max) {
                throw invalid(key, range(min, max));
              }
              return value.intValue();
            });
  }

  boolean flag(String key, boolean defaultValue) {
    Optional<JsonNode> value = child(key);
    if (value.isPresent() && !value.get().isBoolean()) {
      throw invalid(key, "true or false");
    }
    return value.map(JsonNode::booleanValue).orElse(defaultValue);
  }

  List<String> texts(String key, int maxItems, TextRule rule) {
    return list(key, maxItems, (itemKey, item) -> checkText(itemKey, item, rule));
  }

  /** A list of mappings, each read whole by the reader. */
  <T> List<T> mappings(String key, int maxItems, Function<YamlMapping, T> reader) {
    return list(
        key,
        maxItems,
        (itemKey, item) -> {
          YamlMapping mapping = new YamlMapping(fileName, keyPath(itemKey), item);
          T value = reader.apply(mapping);
          mapping.refuseOtherKeys();
          return value;
        });
  }

  /** A mapping whose keys are free. */
  Map<String, String> textMap(String key, int maxItems, TextRule keyRule, TextRule valueRule) {
    Map<String, String> values = new LinkedHashMap<>();
    Optional<JsonNode> child = child(key);
    if (child.isPresent()) {
      if (!child.get().isObject() || child.get().size() > maxItems) {
        throw invalid(key, "a mapping of at most " + maxItems + " keys");
      }
      for (Map.Entry<String, JsonNode> entry : child.get().properties()) {
        String entryKey = key + "." + entry.getKey();
        if (!keyRule.accepts(entry.getKey())) {
          throw invalid(entryKey, "named with " + keyRule.allowed());
        }
        values.put(entry.getKey(), checkText(entryKey, entry.getValue(), valueRule));
      }
    }
    return values;
  }

  /** Ends the reading of this mapping. */
  void refuseOtherKeys() {
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      if (!known.contains(entry.getKey())) {
        throw invalid(
            entry.getKey(),
            "left out: there is no such key; known here are "
                + String.join(", ", known.stream().sorted().toList()));
      }
    }
  }

  /** The error that a value is not what it must be. */
  OmniRunException invalid(String key, String allowed) {
    return new OmniRunException(
        ErrorCode.TEMPLATE_INVALID, "%s: %s must be %s".formatted(fileName, keyPath(key), allowed));
  }

  private interface ItemReader<T> {
    T read(String itemKey, JsonNode item);
  }

  private <T> List<T> list(String key, int maxItems, ItemReader<T> reader) {
    List<T> values = new ArrayList<>();
    Optional<JsonNode> child = child(key);
    if (child.isPresent()) {
      if (!child.get().isArray() || child.get().size() > maxItems) {
        throw invalid(key, "a list of at most " + maxItems + " items");
      }
      for (JsonNode item : child.get()) {
        values.add(reader.read(key + "[" + values.size() + "]", item));
      }
    }
    return List.copyOf(values);
  }

  private Optional<JsonNode> child(String key) {
    known.add(key);
    return Optional.ofNullable(node.get(key));
  }

  private String checkText(String key, JsonNode value, TextRule rule) {
    if (!value.isTextual()) {
      throw invalid(key, "a text (in quotes if it looks like something else): " + rule.allowed());
    }
    if (!rule.accepts(value.textValue())) {
      throw invalid(key, rule.allowed());
    }
    return value.textValue();
  }

  private static String range(int min, int max) {
    return "a whole number from " + min + " to " + max;
  }

  private String keyPath(String key) {
    if (key.isEmpty()) {
      return path.isEmpty() ? "the file" : path;
    }
    return path.isEmpty() ? key : path + "." + key;
  }
}
