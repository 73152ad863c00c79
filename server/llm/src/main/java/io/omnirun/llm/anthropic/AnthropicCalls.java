package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;

/**
 * Tools' calls in a stream: OpenAI's fragments, by index, as Anthropic's blocks.
 *
 * <p>OpenAI ends a call before it begins the next, and does not say that it has; so the next begin,
 * or a text, ends a call. A provider that comes back to one that has ended cannot be translated
 * without holding back its whole answer, and fails.
 */
final class AnthropicCalls {
  /** More than any model calls at once: a provider that counts on would fill the memory. */
  private static final int MAX_CALLS = 1000;

  private static final int NONE = -1;

  private final AnthropicBlocks blocks;
  private final Map<Integer, String> idsByIndex = new HashMap<>();
  private int open = NONE;

  AnthropicCalls(AnthropicBlocks blocks) {
    this.blocks = blocks;
  }

  boolean any() {
    return !idsByIndex.isEmpty();
  }

  /** Another block was started, or none is open any more. */
  void leave() {
    open = NONE;
  }

  void add(ObjectNode fragment) {
    String id = AnswerFields.filledText(fragment, "id").orElse("");
    int index = AnswerFields.count(fragment, "index").orElseGet(() -> indexOf(id));
    ObjectNode function =
        AnswerFields.object(fragment, "function").orElseGet(JsonNodeFactory.instance::objectNode);
    String name = AnswerFields.filledText(function, "name").orElse("");
    if (!name.isEmpty() && isNew(index, id)) {
      start(index, id, name);
    }
    AnswerFields.filledText(function, "arguments").ifPresent(json -> addArguments(index, json));
  }

  /** Providers that send whole calls leave out the index, or say 0 for all: the ids differ. */
  private int indexOf(String id) {
    return id.isEmpty() || id.equals(idsByIndex.get(open)) ? open : idsByIndex.size();
  }

  private boolean isNew(int index, String id) {
    String known = idsByIndex.get(index);
    return known == null || !(id.isEmpty() || known.equals(id));
  }

  private void start(int index, String id, String name) {
    if (blocks.started() >= MAX_CALLS) {
      throw UpstreamFailure.because("calls too many tools at once");
    }
    String shownId = id.isEmpty() ? "call_" + blocks.started() : id;
    ObjectNode block = AnthropicBlocks.data("tool_use").put("id", shownId).put("name", name);
    block.putObject("input");
    blocks.start(block);
    idsByIndex.put(index, shownId);
    open = index;
  }

  /** Arguments of a call that nobody has named are nobody's. */
  private void addArguments(int index, String json) {
    if (!idsByIndex.containsKey(index)) {
      return;
    }
    if (index != open) {
      throw UpstreamFailure.because("mixes the arguments of several tools' calls");
    }
    blocks.delta("input_json_delta", "partial_json", json);
  }
}
