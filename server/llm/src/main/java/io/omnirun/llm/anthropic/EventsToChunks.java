package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.llm.EventTranslator;
import io.omnirun.llm.ProviderFailure;
import io.omnirun.llm.StreamTally;
import io.omnirun.llm.openai.DeltaSize;
import io.omnirun.llm.openai.UsageJson;
import io.omnirun.llm.wire.JsonText;
import io.omnirun.llm.wire.ServerSentEvent;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Makes chunks of OpenAI's protocol out of a stream of Anthropic's. */
final class EventsToChunks implements EventTranslator {
  private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

  private final AnthropicEventsToOpenAi translation;
  private final boolean wantsUsage;
  private final StreamTally tally = new StreamTally();

  /**
   * @param translation that tells of usage, whether the caller wants it or not
   */
  EventsToChunks(AnthropicEventsToOpenAi translation, boolean wantsUsage) {
    this.translation = translation;
    this.wantsUsage = wantsUsage;
  }

  @Override
  public void event(ServerSentEvent event, OutputStream target) throws IOException {
    byte[] data = event.data();
    if (data.length == 0) {
      return;
    }
    ObjectNode object =
        JsonText.object(data).orElseThrow(() -> new IOException("an event that is no object"));
    for (ObjectNode chunk : translation.event(event.type(), object)) {
      chunk(chunk, target);
    }
    if (translation.isDone() && !tally.isDone()) {
      tally.finish();
      target.write(ServerSentEvent.text("", DONE));
    }
  }

  private void chunk(ObjectNode chunk, OutputStream target) throws IOException {
    if (chunk.has("error")) {
      tally.failed(ProviderFailure.of(chunk.path("error")));
    }
    UsageJson.read(chunk.path("usage")).ifPresent(tally::used);
    tally.hasCome(DeltaSize.of(chunk.path("choices")));
    boolean isUsageAlone = chunk.path("choices").isArray() && chunk.path("choices").isEmpty();
    if (!wantsUsage) {
      chunk.remove("usage");
    }
    if (wantsUsage || !isUsageAlone) {
      target.write(ServerSentEvent.text("", JsonText.bytes(chunk)));
    }
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
