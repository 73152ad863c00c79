package io.omnirun.llm.anthropic;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.omnirun.llm.EventTranslator;
import io.omnirun.llm.ProviderFailure;
import io.omnirun.llm.openai.DeltaSize;
import io.omnirun.llm.openai.UsageJson;
import io.omnirun.llm.wire.JsonText;
import io.omnirun.llm.wire.ServerSentEvent;
import io.omnirun.model.LlmUsage;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Makes events of Anthropic's protocol out of a stream of OpenAI's. */
final class ChunksToEvents implements EventTranslator {
  private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

  private final OpenAiChunksToAnthropic translation;
  private Optional<LlmUsage> usage = Optional.empty();
  private Optional<ProviderFailure> failure = Optional.empty();
  private long answerBytes;
  private boolean done;

  ChunksToEvents(OpenAiChunksToAnthropic translation) {
    this.translation = translation;
  }

  @Override
  public void event(ServerSentEvent event, OutputStream target) throws IOException {
    byte[] data = event.data();
    if (data.length == 0 || done) {
      return;
    }
    if (Arrays.equals(data, DONE)) {
      done = true;
      return;
    }
    chunk(
        JsonText.object(data).orElseThrow(() -> new IOException("a chunk that is no object")),
        target);
  }

  private void chunk(ObjectNode chunk, OutputStream target) throws IOException {
    if (chunk.hasNonNull("error")) {
      failure = Optional.of(ProviderFailure.of(chunk.path("error")));
      done = true;
    }
    usage = UsageJson.read(chunk.path("usage")).or(() -> usage);
    answerBytes += DeltaSize.of(chunk.path("choices"));
    write(translation.chunk(chunk), target);
  }

  /** Also where the provider has not said that it is done: the translation knows whether it is. */
  @Override
  public void end(OutputStream target) throws IOException {
    done = true;
    List<AnthropicEvent> last = translation.end();
    if (failure.isEmpty() && last.stream().anyMatch(event -> event.type().equals("error"))) {
      throw new IOException("the provider has ended its answer in the middle");
    }
    write(last, target);
  }

  private static void write(List<AnthropicEvent> events, OutputStream target) throws IOException {
    for (AnthropicEvent event : events) {
      target.write(ServerSentEvent.text(event.type(), JsonText.bytes(event.data())));
    }
  }

  @Override
  public boolean isDone() {
    return done;
  }

  @Override
  public Optional<LlmUsage> usage() {
    return usage;
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
