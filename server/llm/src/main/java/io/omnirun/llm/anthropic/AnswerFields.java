package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads what a provider has answered: a field of a wrong type is as good as absent. */
final class AnswerFields {
  private AnswerFields() {}

  static Optional<String> text(JsonNode node, String name) {
    return Optional.ofNullable(node.get(name)).filter(JsonNode::isTextual).map(JsonNode::textValue);
  }

  /** A text that says something. */
  static Optional<String> filledText(JsonNode node, String name) {
    return text(node, name).filter(text -> !text.isEmpty());
  }

  static Optional<ObjectNode> object(JsonNode node, String name) {
    return node.get(name) instanceof ObjectNode found ? Optional.of(found) : Optional.empty();
  }

  /** The objects in an array; what else is in it is skipped. */
  static List<ObjectNode> objects(JsonNode node, String name) {
    List<ObjectNode> found = new ArrayList<>();
    JsonNode array = node.get(name);
    if (array != null && array.isArray()) {
      for (JsonNode element : array) {
        if (element instanceof ObjectNode object) {
          found.add(object);
        }
      }
    }
    return found;
  }

  /** A number of things or of one in a row, from 0 on. */
  static OptionalInt count(JsonNode node, String name) {
    JsonNode value = node.get(name);
    boolean counts = value != null && value.isIntegralNumber() && value.canConvertToInt();
    return counts && value.intValue() >= 0 ? OptionalInt.of(value.intValue()) : OptionalInt.empty();
  }
}
