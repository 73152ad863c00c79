package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * OpenAI's {@code tools}, {@code tool_choice} and {@code parallel_tool_calls} as Anthropic has
 * them. {@code strict} is dropped, as Anthropic's own layer for OpenAI's clients does: many clients
 * set it always, and older models and larger schemas are refused with it.
 */
final class AnthropicTools {
  private AnthropicTools() {}

  /** Writes {@code tools} and {@code tool_choice}; without tools there is nothing to choose. */
  static void write(RequestFields request, ObjectNode body) {
    List<RequestFields> tools = request.objects("tools");
    if (tools.isEmpty()) {
      return;
    }
    ArrayNode written = body.putArray("tools");
    tools.forEach(tool -> written.add(tool(tool)));
    ObjectNode choice = choice(request);
    boolean mayCall = !choice.path("type").asText().equals("none");
    if (mayCall && !request.bool("parallel_tool_calls").orElse(true)) {
      choice.put("disable_parallel_tool_use", true);
    }
    body.set("tool_choice", choice);
  }

  private static ObjectNode tool(RequestFields tool) {
    String type = tool.requiredText("type");
    if (!type.equals("function")) {
      throw tool.unknown("type", type);
    }
    RequestFields function = tool.requiredObject("function");
    ObjectNode written = JsonNodeFactory.instance.objectNode();
    written.put("name", function.requiredText("name"));
    function.text("description").ifPresent(text -> written.put("description", text));
    written.set("input_schema", schema(function));
    ContentParts.keepCacheControl(tool, written);
    return written;
  }

  /**
   * Anthropic demands the schema of an object, and OpenAI lets a tool without parameters have none.
   */
  private static ObjectNode schema(RequestFields function) {
    ObjectNode schema = JsonNodeFactory.instance.objectNode().put("type", "object");
    function
        .object("parameters")
        .ifPresentOrElse(
            given -> schema.setAll(given.object()), () -> schema.putObject("properties"));
    return schema;
  }

  private static ObjectNode choice(RequestFields request) {
    if (request.node("tool_choice").filter(node -> node.isObject()).isPresent()) {
      return named(request.requiredObject("tool_choice"));
    }
    String choice = request.text("tool_choice").orElse("auto");
    return switch (choice) {
      case "auto", "none" -> ofType(choice);
      case "required" -> ofType("any");
      default -> throw request.unknown("tool_choice", choice);
    };
  }

  private static ObjectNode named(RequestFields choice) {
    String type = choice.requiredText("type");
    if (!type.equals("function")) {
      throw choice.unknown("type", type);
    }
    return ofType("tool").put("name", choice.requiredObject("function").requiredText("name"));
  }

  private static ObjectNode ofType(String type) {
    return JsonNodeFactory.instance.objectNode().put("type", type);
  }

  /** Whether a body that was written makes the model call a tool. */
  static boolean isForced(ObjectNode body) {
    String type = body.path("tool_choice").path("type").asText();
    return type.equals("any") || type.equals("tool");
  }
}
