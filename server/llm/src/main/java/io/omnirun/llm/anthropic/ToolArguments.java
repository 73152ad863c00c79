package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/** A tool's arguments: OpenAI writes them as JSON text, Anthropic as a JSON object. */
final class ToolArguments {
  /** What a call without arguments is called with. */
  static final String NONE = "{}";

  /** Numbers stay as they are written: a double would round them, or make 1e400 no number. */
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private ToolArguments() {}

  /** The object that a text writes; empty if it writes none. Blank text is no argument. */
  static Optional<ObjectNode> object(String text) {
    try {
      JsonNode read = MAPPER.readTree(text.isBlank() ? NONE : text);
      return read instanceof ObjectNode object ? Optional.of(object) : Optional.empty();
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }

  /** Writes an object; empty if it is nested deeper than JSON is read. */
  static Optional<String> text(ObjectNode object) {
    try {
      return Optional.of(MAPPER.writeValueAsString(object));
    } catch (JsonProcessingException e) {
      return Optional.empty();
    }
  }
}
