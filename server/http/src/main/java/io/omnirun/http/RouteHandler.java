package io.omnirun.http;

import java.io.IOException;

/** Answers the requests of a route. Called on a virtual thread of the request's own: may block. */
@FunctionalInterface
public interface RouteHandler {
  /**
   * Answers exactly once through {@code exchange}.
   *
   * @throws io.omnirun.model.OmniRunException becomes the answer of its code, if none has begun
   * @throws IOException if the client's connection broke; an answer that has begun is aborted
   */
  void handle(Exchange exchange) throws IOException;
}
