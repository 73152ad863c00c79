package io.omnirun.llm;

import io.omnirun.llm.wire.ServerSentEvent;
import io.omnirun.model.LlmUsage;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/** Makes of a provider's stream what the caller's protocol has. One for each stream. */
public interface EventTranslator {
  /**
   * Takes an event and writes whole events, or none.
   *
   * @throws IOException if it is none of the provider's protocol
   */
  void event(ServerSentEvent event, OutputStream target) throws IOException;

  /** The provider's stream has ended: writes what is missing. */
  void end(OutputStream target) throws IOException;

  /** Whether nothing that matters comes any more. */
  boolean isDone();

  /** What the provider has said that it used; empty: nothing yet. */
  Optional<LlmUsage> usage();

  /** How much of an answer has come: bytes of text, tool calls and the like. */
  long answerBytes();

  /** What the provider has said of its failure; empty: it has not failed. */
  Optional<ProviderFailure> failure();
}
