package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One stream of Anthropic's events as OpenAI's chunks, each as soon as its event is there. Pings,
 * thoughts and whatever is unknown are dropped. Not safe for use by several threads.
 */
public final class AnthropicEventsToOpenAi {
  /** Anthropic ends a block before it starts the next: who never ends one would fill the memory. */
  private static final int MAX_OPEN_CALLS = 100;

  private final String publicModel;
  private final long createdEpochSeconds;
  private final boolean includeUsage;
  private final Map<Integer, OpenAiCall> openCalls = new HashMap<>();
  private final ObjectNode usage = JsonNodeFactory.instance.objectNode();
  private final List<ObjectNode> out = new ArrayList<>();

  private Optional<OpenAiChunks> chunks = Optional.empty();
  private int calls;
  private boolean isFinished;
  private boolean isDone;

  /**
   * @param publicModel the name by which the client called the model
   * @param includeUsage whether the client wants a last chunk with the usage. It comes if the
   *     provider has told any, after the answer's end.
   */
  public AnthropicEventsToOpenAi(
      String publicModel, long createdEpochSeconds, boolean includeUsage) {
    this.publicModel = publicModel;
    this.createdEpochSeconds = createdEpochSeconds;
    this.includeUsage = includeUsage;
  }

  /** Whether the answer or an error has ended the stream: {@code [DONE]} follows an answer. */
  public boolean isDone() {
    return isDone;
  }

  /**
   * Takes one event.
   *
   * @param eventType of the event's line; if that is empty, the data's {@code type} counts
   * @return what is to be sent now, often nothing; after the end always. An error is an object with
   *     {@code error} alone.
   * @throws io.omnirun.model.OmniRunException LLM_UPSTREAM_FAILED if calls begin and never end
   */
  public List<ObjectNode> event(String eventType, ObjectNode data) {
    if (isDone) {
      return List.of();
    }
    take(eventType.isEmpty() ? AnswerFields.text(data, "type").orElse("") : eventType, data);
    List<ObjectNode> sent = List.copyOf(out);
    out.clear();
    return sent;
  }

  private void take(String type, ObjectNode data) {
    switch (type) {
      case "message_start" -> AnswerFields.object(data, "message").ifPresent(this::startMessage);
      case "content_block_start" -> startBlock(data);
      case "content_block_delta" -> moreOfBlock(data);
      case "content_block_stop" -> stopBlock(data);
      case "message_delta" -> endMessage(data);
      case "message_stop" -> stopMessage();
      case "error" -> fail(data);
      default -> {}
    }
  }

  private void startMessage(ObjectNode message) {
    AnswerFields.object(message, "usage").ifPresent(told -> Usages.raise(usage, told));
    begin(OpenAiHead.idOf(message, createdEpochSeconds));
  }

  /** The chunks of this stream; the first one says whose they are, whatever event came first. */
  private OpenAiChunks chunks() {
    return begin("chatcmpl-" + createdEpochSeconds);
  }

  private OpenAiChunks begin(String id) {
    if (chunks.isEmpty()) {
      OpenAiHead head = new OpenAiHead(id, publicModel, createdEpochSeconds);
      chunks = Optional.of(new OpenAiChunks(head, includeUsage));
      out.add(chunks.get().role());
    }
    return chunks.get();
  }

  private void startBlock(ObjectNode data) {
    Optional<ObjectNode> block = AnswerFields.object(data, "content_block");
    if (isFinished || block.isEmpty()) {
      return;
    }
    switch (AnswerFields.text(block.get(), "type").orElse("")) {
      case "text" -> sendText(block.get());
      case "tool_use" ->
          AnswerFields.count(data, "index").ifPresent(i -> startCall(i, block.get()));
      default -> {}
    }
  }

  private void sendText(ObjectNode from) {
    AnswerFields.filledText(from, "text").ifPresent(text -> out.add(chunks().text(text)));
  }

  private void startCall(int blockIndex, ObjectNode block) {
    AnswerFields.filledText(block, "name")
        .ifPresent(
            name -> {
              stopCall(blockIndex);
              if (openCalls.size() >= MAX_OPEN_CALLS) {
                throw UpstreamFailure.because("calls too many tools at once");
              }
              OpenAiCall call = new OpenAiCall(calls++, block);
              String id = OpenAiMessage.idOf(block, call.index());
              out.add(chunks().callStart(call.index(), id, name));
              openCalls.put(blockIndex, call);
            });
  }

  private void moreOfBlock(ObjectNode data) {
    Optional<ObjectNode> delta = AnswerFields.object(data, "delta");
    if (isFinished || delta.isEmpty()) {
      return;
    }
    switch (AnswerFields.text(delta.get(), "type").orElse("")) {
      case "text_delta" -> sendText(delta.get());
      case "input_json_delta" -> sendArguments(data, delta.get());
      default -> {}
    }
  }

  private void sendArguments(ObjectNode data, ObjectNode delta) {
    OpenAiCall call = openCalls.get(AnswerFields.count(data, "index").orElse(-1));
    if (call != null) {
      AnswerFields.text(delta, "partial_json")
          .flatMap(call::fragment)
          .ifPresent(json -> out.add(chunks().callArguments(call.index(), json)));
    }
  }

  private void stopBlock(ObjectNode data) {
    AnswerFields.count(data, "index").ifPresent(this::stopCall);
  }

  private void stopCall(int blockIndex) {
    OpenAiCall call = openCalls.remove(blockIndex);
    if (call != null) {
      call.rest().ifPresent(json -> out.add(chunks().callArguments(call.index(), json)));
    }
  }

  private void endMessage(ObjectNode data) {
    AnswerFields.object(data, "usage").ifPresent(told -> Usages.raise(usage, told));
    AnswerFields.object(data, "delta")
        .flatMap(delta -> AnswerFields.text(delta, "stop_reason"))
        .ifPresent(this::finish);
  }

  private void finish(String stopReason) {
    if (!isFinished) {
      List.copyOf(openCalls.keySet()).forEach(this::stopCall);
      out.add(chunks().finish(StopReasons.toOpenAi(stopReason, calls > 0)));
      isFinished = true;
    }
  }

  private void stopMessage() {
    finish("");
    if (includeUsage && !usage.isEmpty()) {
      out.add(chunks().usage(usage));
    }
    isDone = true;
  }

  private void fail(ObjectNode data) {
    out.add(AnthropicErrors.inOpenAiStream(data));
    isDone = true;
  }
}
