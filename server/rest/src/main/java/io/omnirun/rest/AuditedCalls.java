package io.omnirun.rest;

import io.omnirun.core.Audit;
import io.omnirun.core.CurrentOrigin;
import io.omnirun.http.Exchange;
import io.omnirun.model.Account;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Origin;
import java.io.IOException;
import java.util.Optional;

/** Makes known for whom a call is handled, and writes down when a limit has refused it. */
final class AuditedCalls {
  private final Audit audit;

  AuditedCalls(Audit audit) {
    this.audit = audit;
  }

  /** Handles a call of an account. */
  void handle(AccountHandler handler, Exchange exchange, Account account) throws IOException {
    Origin origin = new Origin(account.id().value(), Optional.of(exchange.remoteAddress()));
    CurrentOrigin.during(origin, () -> handleAndWatch(handler, exchange, account));
  }

  private void handleAndWatch(AccountHandler handler, Exchange exchange, Account account)
      throws IOException {
    try {
      handler.handle(exchange, account);
    } catch (OmniRunException e) {
      if (e.code().isLimit()) {
        audit.refused(account.id(), e);
      }
      throw e;
    }
  }
}
