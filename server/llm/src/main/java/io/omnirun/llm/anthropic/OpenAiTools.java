package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * Anthropic's {@code tools} and {@code tool_choice} as OpenAI has them. Tools that Anthropic runs
 * or knows the schema of, web_search say, are refused: nobody else has them.
 */
final class OpenAiTools {
  private OpenAiTools() {}

  /**
   * Writes tools, choice and parallel_tool_calls, the latter only with tools: OpenAI demands so.
   */
  static void write(RequestFields request, ObjectNode body) {
    List<RequestFields> tools = request.objects("tools");
    if (tools.isEmpty()) {
      return;
    }
    ArrayNode written = body.putArray("tools");
    tools.forEach(tool -> written.add(tool(tool)));
    request.object("tool_choice").ifPresent(choice -> writeChoice(choice, body));
  }

  private static ObjectNode tool(RequestFields tool) {
    String type = tool.text("type").orElse("custom");
    if (!type.equals("custom")) {
      throw tool.unknown("type", type);
    }
    ObjectNode written = JsonNodeFactory.instance.objectNode().put("type", "function");
    ObjectNode function = written.putObject("function").put("name", tool.requiredText("name"));
    tool.text("description").ifPresent(text -> function.put("description", text));
    function.set("parameters", tool.requiredObject("input_schema").object());
    tool.bool("strict").ifPresent(strict -> function.put("strict", strict));
    return written;
  }

  private static void writeChoice(RequestFields choice, ObjectNode body) {
    String type = choice.requiredText("type");
    switch (type) {
      case "auto", "none" -> body.put("tool_choice", type);
      case "any" -> body.put("tool_choice", "required");
      case "tool" -> {
        ObjectNode named = body.putObject("tool_choice").put("type", "function");
        named.putObject("function").put("name", choice.requiredText("name"));
      }
      default -> throw choice.unknown("type", type);
    }
    if (choice.bool("disable_parallel_tool_use").orElse(false)) {
      body.put("parallel_tool_calls", false);
    }
  }
}
