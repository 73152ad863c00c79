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
import java.util.Arrays;
import java.util.List;

/** Makes events of Anthropic's protocol out of a stream of OpenAI's. */
final class ChunksToEvents implements EventTranslator {
  private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

  private final OpenAiChunksToAnthropic translation;
  private final StreamTally tally = new StreamTally();

  ChunksToEvents(OpenAiChunksToAnthropic translation) {
    this.translation = translation;
  }

  @Override
  public void event(ServerSentEvent event, OutputStream target) throws IOException {
    byte[] data = event.data();
    if (data.length == 0 || tally.isDone()) {
      return;
    }
    if (Arrays.equals(data, DONE)) {
      tally.finish();
      return;
    }
    chunk(
        JsonText.object(data).orElseThrow(() -> new IOException("a chunk that is no object")),
        target);
  }

  private void chunk(ObjectNode chunk, OutputStream target) throws IOException {
    if (chunk.hasNonNull("error")) {
      tally.failed(ProviderFailure.of(chunk.path("error")));
    }
    UsageJson.read(chunk.path("usage")).ifPresent(tally::used);
    tally.hasCome(DeltaSize.of(chunk.path("choices")));
    write(translation.chunk(chunk), target);
  }

  /** Also where the provider has not said that it is done: the translation knows whether it is. */
  @Override
  public void end(OutputStream target) throws IOException {
    tally.finish();
    List<AnthropicEvent> last = translation.end();
    if (tally.failure().isEmpty()
        && last.stream().anyMatch(event -> event.type().equals("error"))) {
      throw StreamTally.endedInTheMiddle();
    }
    write(last, target);
  }

  private static void write(List<AnthropicEvent> events, OutputStream target) throws IOException {
    for (AnthropicEvent event : events) {
      target.write(ServerSentEvent.text(event.type(), JsonText.bytes(event.data())));
    }
  }

  @Override
  public StreamTally tally() {
    return tally;
  }
}
