package io.omnirun.rest;

import io.omnirun.core.Audit;
import io.omnirun.core.CurrentOrigin;
import io.omnirun.http.Exchange;
import io.omnirun.model.Caller;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Origin;
import java.io.IOException;
import java.util.Optional;

/**
 * Makes known for whom a call is handled, counts it, and writes down when a limit has refused it.
 */
final class AuditedCalls {
  private final Audit audit;
  private final ClientNetworks networks;
  private final RequestRates rates;

  AuditedCalls(Audit audit, ClientNetworks networks, RequestRates rates) {
    this.audit = audit;
    this.networks = networks;
    this.rates = rates;
  }

  /** Handles a call of an account. */
  void handle(CallerHandler handler, Exchange exchange, Caller caller) throws IOException {
    Origin origin =
        new Origin(caller.account().id().value(), Optional.of(networks.address(exchange)));
    CurrentOrigin.during(origin, () -> handleAndWatch(handler, exchange, caller));
  }

  private void handleAndWatch(CallerHandler handler, Exchange exchange, Caller caller)
      throws IOException {
    try {
      rates.count(exchange, caller);
      handler.handle(exchange, caller);
    } catch (OmniRunException e) {
      if (e.code().isLimit()) {
        audit.refused(caller.account().id(), e);
      }
      throw e;
    }
  }
}
