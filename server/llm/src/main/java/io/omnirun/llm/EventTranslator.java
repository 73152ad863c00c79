package io.omnirun.llm;

import io.omnirun.llm.wire.ServerSentEvent;
import java.io.IOException;
import java.io.OutputStream;

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

  /** What has come by now. */
  StreamTally tally();
}
