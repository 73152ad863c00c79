package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.llm.EventTranslator;
import io.omnirun.llm.ProviderFailure;
import io.omnirun.llm.StreamTally;
import io.omnirun.llm.openai.UsageJson;
import io.omnirun.llm.wire.JsonText;
import io.omnirun.llm.wire.ServerSentEvent;
import java.io.IOException;
import java.io.OutputStream;

/** Passes events of Anthropic's on as they are, and counts. */
final class EventRelay implements EventTranslator {
  private final ObjectNode usage = JsonText.newObject();
  private final StreamTally tally = new StreamTally();

  @Override
  public void event(ServerSentEvent event, OutputStream target) throws IOException {
    byte[] data = event.data();
    if (data.length == 0 || tally.isDone()) {
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
      // The beginning tells of the prompt alone: what the answer has used stands at the end.
      case "message_delta" -> {
        raise(data.path("usage"));
        if (data.path("usage").isObject()) {
          UsageJson.read(Usages.toOpenAi(usage)).ifPresent(tally::used);
        }
      }
      case "content_block_delta" -> tally.hasCome(text(data.path("delta")));
      case "message_stop" -> tally.finish();
      case "error" -> tally.failed(ProviderFailure.of(data.path("error")));
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
    tally.requireDone();
  }

  @Override
  public StreamTally tally() {
    return tally;
  }
}
