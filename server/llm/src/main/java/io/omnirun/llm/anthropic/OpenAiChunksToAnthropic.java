package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * One stream of OpenAI's chunks as Anthropic's events, each as soon as its chunk is there; what is
 * known only behind the last chunk, at the end. Only the first choice counts; thoughts that some
 * providers add are dropped. Not safe for use by several threads.
 */
public final class OpenAiChunksToAnthropic {
  private static final int INTERNAL = 500;

  private final String publicModel;
  private final AnthropicBlocks blocks = new AnthropicBlocks();
  private final AnthropicCalls calls = new AnthropicCalls(blocks);

  private JsonNode usage = JsonNodeFactory.instance.missingNode();
  private String finishReason = "";
  private boolean isStarted;
  private boolean isInText;
  private boolean refuses;
  private boolean isEnded;

  /**
   * @param publicModel the name by which the client called the model
   */
  public OpenAiChunksToAnthropic(String publicModel) {
    this.publicModel = publicModel;
  }

  /**
   * Takes one chunk.
   *
   * @return what is to be sent now, often nothing. A chunk that is an error is an {@code error}
   *     event, after which there is nothing.
   * @throws io.omnirun.model.OmniRunException LLM_UPSTREAM_FAILED if a call comes in pieces that
   *     Anthropic's protocol cannot say
   */
  public List<AnthropicEvent> chunk(ObjectNode chunk) {
    if (isEnded) {
      return List.of();
    }
    if (chunk.hasNonNull("error")) {
      return fail(chunk);
    }
    start(chunk);
    AnswerFields.object(chunk, "usage").ifPresent(told -> usage = told);
    for (ObjectNode choice : AnswerFields.objects(chunk, "choices")) {
      if (AnswerFields.count(choice, "index").orElse(0) == 0) {
        take(choice);
      }
    }
    return blocks.drain();
  }

  /** How much goes in, OpenAI tells at the end, and clients take it from there too. */
  private void start(ObjectNode chunk) {
    if (isStarted) {
      return;
    }
    isStarted = true;
    ObjectNode message = AnthropicAnswer.start(chunk, publicModel);
    message.putArray("content");
    message.putNull("stop_reason").putNull("stop_sequence");
    message.set("usage", Usages.toAnthropic(usage));
    ObjectNode data = AnthropicBlocks.data("message_start");
    data.set("message", message);
    blocks.add(data);
  }

  private void take(ObjectNode choice) {
    AnswerFields.object(choice, "delta").ifPresent(this::takeDelta);
    AnswerFields.filledText(choice, "finish_reason").ifPresent(reason -> finishReason = reason);
  }

  private void takeDelta(ObjectNode delta) {
    AnswerFields.filledText(delta, "content").ifPresent(this::addText);
    AnswerFields.filledText(delta, "refusal")
        .ifPresent(
            refusal -> {
              refuses = true;
              addText(refusal);
            });
    for (ObjectNode fragment : AnswerFields.objects(delta, "tool_calls")) {
      int before = blocks.started();
      calls.add(fragment);
      isInText &= blocks.started() == before;
    }
  }

  private void addText(String text) {
    if (!isInText) {
      blocks.start(AnthropicBlocks.data("text").put("text", ""));
      calls.leave();
      isInText = true;
    }
    blocks.delta("text_delta", "text", text);
  }

  private List<AnthropicEvent> fail(ObjectNode chunk) {
    isEnded = true;
    blocks.add(AnthropicErrors.ofOpenAi(INTERNAL, chunk));
    return blocks.drain();
  }

  /**
   * The provider has ended its stream. Without a reason why the answer ends, it was cut off: an
   * {@code error} event says so.
   */
  public List<AnthropicEvent> end() {
    if (isEnded) {
      return List.of();
    }
    isEnded = true;
    if (finishReason.isEmpty()) {
      blocks.add(AnthropicErrors.ofOpenAi(INTERNAL, cutOff()));
      return blocks.drain();
    }
    blocks.stop();
    ObjectNode data = AnthropicBlocks.data("message_delta");
    data.putObject("delta")
        .put("stop_reason", StopReasons.toAnthropic(finishReason, calls.any(), refuses))
        .putNull("stop_sequence");
    data.set("usage", Usages.toAnthropic(usage));
    blocks.add(data);
    blocks.add(AnthropicBlocks.data("message_stop"));
    return blocks.drain();
  }

  private static ObjectNode cutOff() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("message", "the model's provider has ended its answer in the middle");
  }
}
