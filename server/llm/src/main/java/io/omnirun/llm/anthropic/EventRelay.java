package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.llm.EventTranslator;
import io.omnirun.llm.ProviderFailure;
import io.omnirun.llm.openai.UsageJson;
import io.omnirun.llm.wire.JsonText;
import io.omnirun.llm.wire.ServerSentEvent;
import io.omnirun.model.LlmUsage;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/** Passes events of Anthropic's on as they are, and counts. */
final class EventRelay implements EventTranslator {
  private final ObjectNode usage = JsonText.newObject();
  private Optional<ProviderFailure> failure = Optional.empty();
  private long answerBytes;
  private boolean hasUsage;
  private boolean done;

  @Override
  public void event(ServerSentEvent event, OutputStream target) throws IOException {
    byte[] data = event.data();
    if (data.length == 0 || done) {
      return;
    }
    ObjectNode object =
        JsonText.object(data).orElseThrow(() -> new IOException("an event that is no object"));
    look(object);
    target.write(event.buffer(), event.start(), event.end() - event.start());
  }

  private void look(ObjectNode data) {
    switch (data.path("type").asText("")) {
      case "message_start" -> raise(data.path("message").path("usage"));
      case "message_delta" -> {
        raise(data.path("usage"));
        hasUsage |= data.path("usage").isObject();
      }
      case "content_block_delta" -> answerBytes += text(data.path("delta"));
      case "message_stop" -> done = true;
      case "error" -> {
        failure = Optional.of(ProviderFailure.of(data.path("error")));
        done = true;
      }
      default -> {}
    }
  }

  private void raise(JsonNode told) {
    Usages.raise(usage, told);
  }

  private static long text(JsonNode delta) {
    long size = 0;
    for (var field : delta.properties()) {
      boolean counts = field.getValue().isTextual() && !field.getKey().equals("type");
      size += counts ? field.getValue().textValue().length() : 0;
    }
    return size;
  }

  @Override
  public void end(OutputStream target) throws IOException {
    if (!done) {
      throw new IOException("the provider has ended its answer in the middle");
    }
  }

  @Override
  public boolean isDone() {
    return done;
  }

  /** The beginning tells of the prompt alone: what the answer has used stands at the end. */
  @Override
  public Optional<LlmUsage> usage() {
    return hasUsage ? UsageJson.read(Usages.toOpenAi(usage)) : Optional.empty();
  }

  @Override
  public long answerBytes() {
    return answerBytes;
  }

  @Override
  public Optional<ProviderFailure> failure() {
    return failure;
  }
}
