package io.omnirun.http;

import com.fasterxml.jackson.databind.JsonNode;

/** Says in words what a JSON value is. Texts are not repeated: they may be secrets. */
final class JsonKind {
  private JsonKind() {}

  static String of(JsonNode value) {
    return switch (value.getNodeType()) {
      case STRING -> "a string";
      case NUMBER -> "the number " + ShownText.shortened(value.toString());
      case BOOLEAN -> value.toString();
      case OBJECT -> "an object";
      case ARRAY -> "an array";
      case NULL -> "null";
      case MISSING, BINARY, POJO -> "nothing";
    };
  }
}
