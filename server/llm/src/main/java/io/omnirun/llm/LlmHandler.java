package io.omnirun.llm;

import io.omnirun.http.Exchange;
import io.omnirun.model.LlmCaller;
import java.io.IOException;

/** Answers a request of which it is known who sent it, and what it may use up. */
@FunctionalInterface
public interface LlmHandler {
  /** As {@link io.omnirun.http.RouteHandler#handle}. */
  void handle(Exchange exchange, LlmCaller caller) throws IOException;
}
