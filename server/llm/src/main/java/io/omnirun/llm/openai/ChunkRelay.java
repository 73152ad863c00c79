package io.omnirun.llm.openai;

import io.omnirun.llm.EventTranslator;
import io.omnirun.llm.StreamTally;
import io.omnirun.llm.wire.JsonEdits;
import io.omnirun.llm.wire.ServerSentEvent;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Passes chunks on as they are. Where the caller has not asked for usage, the chunk of it is kept
 * back, and its field taken out of the others.
 */
final class ChunkRelay implements EventTranslator {
  private static final byte[] DONE = "[DONE]".getBytes(StandardCharsets.US_ASCII);

  private final boolean wantsUsage;
  private final StreamTally tally = new StreamTally();
  private boolean hasReason;

  ChunkRelay(boolean wantsUsage) {
    this.wantsUsage = wantsUsage;
  }

  @Override
  public void event(ServerSentEvent event, OutputStream target) throws IOException {
    byte[] data = event.data();
    if (data.length == 0 || tally.isDone()) {
      return;
    }
    if (Arrays.equals(data, DONE)) {
      tally.finish();
      pass(event, target);
      return;
    }
    chunk(event, data, target);
  }

  private void chunk(ServerSentEvent event, byte[] data, OutputStream target) throws IOException {
    Chunk chunk = Chunk.read(data);
    chunk.usage().ifPresent(tally::used);
    chunk.error().ifPresent(tally::failed);
    tally.hasCome(chunk.answerBytes());
    hasReason |= chunk.hasReason();
    if (wantsUsage || !chunk.fields().byName().containsKey("usage")) {
      pass(event, target);
    } else if (!chunk.isUsageAlone()) {
      byte[] without = new JsonEdits(chunk.fields()).remove("usage").apply();
      target.write(ServerSentEvent.text(event.type(), without));
    }
  }

  private static void pass(ServerSentEvent event, OutputStream target) throws IOException {
    target.write(event.buffer(), event.start(), event.end() - event.start());
  }

  @Override
  public void end(OutputStream target) throws IOException {
    if (!tally.isDone() && !hasReason) {
      throw StreamTally.endedInTheMiddle();
    }
    tally.finish();
  }

  @Override
  public StreamTally tally() {
    return tally;
  }
}
