package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import java.util.List;

/** JSON in tests, where single quotes are quotes too. */
final class TestJson {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(JsonReadFeature.ALLOW_SINGLE_QUOTES).build();

  private TestJson() {}

  static JsonNode node(String json) {
    try {
      return MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw new AssertionError(json, e);
    }
  }

  static ObjectNode object(String json) {
    return (ObjectNode) node(json);
  }

  /** As somebody reads it who was sent it: an int is then no other number than a long. */
  static JsonNode sent(JsonNode node) {
    return node(node.toString());
  }

  static List<JsonNode> sent(Collection<ObjectNode> nodes) {
    return nodes.stream().map(TestJson::sent).toList();
  }
}
