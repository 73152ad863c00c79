package io.omnirun.http;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** Work that takes long, for a client that may not stay. */
@FunctionalInterface
public interface ClientWork<T> {
  /**
   * Returns what the client waits for.
   *
   * @param clientGone completes when the client has hung up: the work should end soon then, in any
   *     way, for nobody sees its outcome
   */
  T run(CompletableFuture<?> clientGone) throws IOException;
}
