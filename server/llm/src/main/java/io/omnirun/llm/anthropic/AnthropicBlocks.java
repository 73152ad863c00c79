package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * The events of a message's blocks. One block is open at a time: clients of Anthropic's take a
 * delta to be of the last block that was started.
 */
final class AnthropicBlocks {
  private final List<AnthropicEvent> out = new ArrayList<>();
  private int started;
  private boolean isOpen;

  /** How many blocks there have been. */
  int started() {
    return started;
  }

  /** Ends the block that is open, if one is, and starts another. */
  void start(ObjectNode block) {
    stop();
    ObjectNode data = indexed("content_block_start", started++);
    data.set("content_block", block);
    add(data);
    isOpen = true;
  }

  /** More of the open block. */
  void delta(String type, String field, String text) {
    ObjectNode data = indexed("content_block_delta", started - 1);
    data.putObject("delta").put("type", type).put(field, text);
    add(data);
  }

  void stop() {
    if (isOpen) {
      add(indexed("content_block_stop", started - 1));
      isOpen = false;
    }
  }

  List<AnthropicEvent> drain() {
    List<AnthropicEvent> drained = List.copyOf(out);
    out.clear();
    return drained;
  }

  void add(ObjectNode data) {
    out.add(new AnthropicEvent(data.path("type").asText(), data));
  }

  static ObjectNode data(String type) {
    return JsonNodeFactory.instance.objectNode().put("type", type);
  }

  private static ObjectNode indexed(String type, int index) {
    return data(type).put("index", index);
  }
}
