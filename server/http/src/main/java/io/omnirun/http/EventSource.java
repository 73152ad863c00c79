package io.omnirun.http;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** Says what has happened, to a client that listens. */
@FunctionalInterface
public interface EventSource {
  /**
   * Sends events; blocks for them and for the client. To return is to say that nothing more comes;
   * whatever is thrown cuts the connection, so that no client takes the stream for whole.
   *
   * @param listenerGone completes when nobody listens any more: this should end soon then, in any
   *     way
   */
  void sendTo(EventStream events, CompletableFuture<?> listenerGone) throws IOException;
}
