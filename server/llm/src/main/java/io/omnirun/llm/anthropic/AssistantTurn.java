package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.model.OmniRunException;

/** What the model has said and called before, as Anthropic's blocks. */
final class AssistantTurn {
  private AssistantTurn() {}

  static ArrayNode blocks(RequestFields message) {
    for (String name : new String[] {"audio", "function_call"}) {
      if (message.has(name)) {
        throw message.untranslatable(name);
      }
    }
    ArrayNode blocks = ContentParts.optional(message);
    message.text("refusal").ifPresent(refusal -> ContentParts.addText(blocks, refusal));
    for (RequestFields call : message.objects("tool_calls")) {
      addCall(blocks, call);
    }
    return blocks;
  }

  private static void addCall(ArrayNode blocks, RequestFields call) {
    String type = call.text("type").orElse("function");
    if (!type.equals("function")) {
      throw call.unknown("type", type);
    }
    RequestFields function = call.requiredObject("function");
    ObjectNode block = blocks.addObject().put("type", "tool_use");
    block.put("id", ToolCallIds.forAnthropic(call.requiredText("id")));
    block.put("name", function.requiredText("name"));
    block.set("input", arguments(function));
  }

  private static ObjectNode arguments(RequestFields function) {
    return ToolArguments.object(function.text("arguments").orElse(ToolArguments.NONE))
        .orElseThrow(() -> noObject(function));
  }

  private static OmniRunException noObject(RequestFields function) {
    return InvalidRequest.at(function.pathOf("arguments"), "must be the text of a JSON object");
  }
}
