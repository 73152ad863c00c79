package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.model.OmniRunException;

/**
 * A model's message of Anthropic's as OpenAI has it. Thoughts are dropped: another model's are
 * nothing to this one.
 */
final class OpenAiAssistantTurn {
  private final StringBuilder text = new StringBuilder();
  private final ArrayNode calls = JsonNodeFactory.instance.arrayNode();

  private OpenAiAssistantTurn() {}

  static void add(ArrayNode messages, RequestFields message) {
    OpenAiAssistantTurn turn = new OpenAiAssistantTurn();
    if (OpenAiConversation.isText(message, "content")) {
      turn.text.append(message.requiredText("content"));
    } else {
      message.objects("content").forEach(turn::addBlock);
    }
    turn.end(messages);
  }

  private void addBlock(RequestFields block) {
    String type = block.requiredText("type");
    switch (type) {
      case "text" -> text.append(block.requiredText("text"));
      case "tool_use" -> calls.add(call(block));
      case "thinking", "redacted_thinking" -> {}
      default -> throw block.unknown("type", type);
    }
  }

  private static ObjectNode call(RequestFields block) {
    String arguments =
        ToolArguments.text(block.requiredObject("input").object())
            .orElseThrow(() -> tooDeep(block));
    return OpenAiMessage.call(block.requiredText("id"), block.requiredText("name"), arguments);
  }

  private static OmniRunException tooDeep(RequestFields block) {
    return InvalidRequest.at(block.pathOf("input"), "is nested too deeply");
  }

  private void end(ArrayNode messages) {
    if (text.isEmpty() && calls.isEmpty()) {
      return;
    }
    ObjectNode message = messages.addObject().put("role", "assistant");
    message.put("content", text.isEmpty() ? null : text.toString());
    if (!calls.isEmpty()) {
      message.set("tool_calls", calls);
    }
  }
}
