package io.omnirun.rest;

import io.omnirun.http.Exchange;
import io.omnirun.model.Account;
import java.io.IOException;

/** Answers a request of which it is known who sent it. */
@FunctionalInterface
interface AccountHandler {
  /** As {@link io.omnirun.http.RouteHandler#handle}. */
  void handle(Exchange exchange, Account account) throws IOException;
}
