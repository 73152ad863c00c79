package io.omnirun.testkit.firecracker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A request's body, as strict as Firecracker's deserializer: what is unknown, repeated, missing or
 * of another type is refused. Call {@link #end} after the last field. Used by one thread.
 */
final class Fields {
  private static final String FAILURE =
      "An error occurred when deserializing the json body of a request: %s at line 1 column 1.";

  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final ObjectNode object;
  private final Set<String> known = new HashSet<>();

  private Fields(ObjectNode object) {
    this.object = object;
  }

  static Fields of(byte[] body) throws Refusal {
    try {
      if (JSON.readTree(body) instanceof ObjectNode object) {
        return new Fields(object);
      }
    } catch (JsonProcessingException e) {
      throw failure(e.getOriginalMessage());
    } catch (IOException e) {
      throw failure("invalid JSON");
    }
    throw failure("invalid type: expected a map");
  }

  private static Refusal failure(String reason) {
    return new Refusal(FAILURE.formatted(reason));
  }

  private static Refusal missing(String name) {
    return failure("missing field `" + name + "`");
  }

  private Optional<JsonNode> find(String name) {
    known.add(name);
    return Optional.ofNullable(object.get(name));
  }

  boolean has(String name) {
    return object.has(name);
  }

  String text(String name) throws Refusal {
    return optionalText(name).orElseThrow(() -> missing(name));
  }

  Optional<String> optionalText(String name) throws Refusal {
    Optional<JsonNode> value = find(name);
    if (value.isPresent() && !value.get().isTextual()) {
      throw failure("invalid type: expected a string");
    }
    return value.map(JsonNode::textValue);
  }

  String choice(String name, List<String> variants) throws Refusal {
    String value = text(name);
    if (!variants.contains(value)) {
      throw failure("unknown variant `%s`, expected one of %s".formatted(value, variants));
    }
    return value;
  }

  long number(String name, long least, long most) throws Refusal {
    JsonNode value = find(name).orElseThrow(() -> missing(name));
    if (!value.isIntegralNumber() || value.longValue() < least || value.longValue() > most) {
      throw failure("invalid value: " + value);
    }
    return value.longValue();
  }

  /** Zero where it is left out, as the API has it. */
  long optionalNumber(String name, long least, long most) throws Refusal {
    return find(name).isPresent() ? number(name, least, most) : 0;
  }

  boolean flag(String name) throws Refusal {
    Optional<JsonNode> value = find(name);
    if (value.isPresent() && !value.get().isBoolean()) {
      throw failure("invalid type: expected a boolean");
    }
    return value.map(JsonNode::booleanValue).orElse(false);
  }

  boolean requiredFlag(String name) throws Refusal {
    if (find(name).isEmpty()) {
      throw missing(name);
    }
    return flag(name);
  }

  Optional<Fields> object(String name) throws Refusal {
    Optional<JsonNode> value = find(name);
    if (value.isEmpty()) {
      return Optional.empty();
    }
    if (value.get() instanceof ObjectNode child) {
      return Optional.of(new Fields(child));
    }
    throw failure("invalid type: expected a map");
  }

  /** Refuses what has not been asked for. */
  void end() throws Refusal {
    for (var names = object.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!known.contains(name)) {
        throw failure("unknown field `%s`, expected one of %s".formatted(name, known));
      }
    }
  }
}
