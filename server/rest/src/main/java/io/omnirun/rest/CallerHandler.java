package io.omnirun.rest;

import io.omnirun.http.Exchange;
import io.omnirun.model.Caller;
import java.io.IOException;

/** Answers a request of which it is known who sent it, and with which token. */
@FunctionalInterface
public interface CallerHandler {
  /** As {@link io.omnirun.http.RouteHandler#handle}. */
  void handle(Exchange exchange, Caller caller) throws IOException;
}
