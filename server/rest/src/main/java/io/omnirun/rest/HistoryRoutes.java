package io.omnirun.rest;

import io.omnirun.core.Sandboxes;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.http.QueryParameters;
import io.omnirun.model.Account;
import io.omnirun.model.Sandbox;
import java.io.IOException;
import java.util.List;

/** {@code GET /sandboxes/history}: the account's sandboxes that have ended. */
final class HistoryRoutes {
  static final int DEFAULT_LIMIT = 20;

  /** Each may have 150 KiB of labels: a page must not become too long to be read. */
  static final int MAX_LIMIT = 200;

  /** The database walks over what is left out, so there is an end to it. */
  static final int MAX_OFFSET = 1_000_000;

  private final Sandboxes sandboxes;

  HistoryRoutes(Sandboxes sandboxes) {
    this.sandboxes = sandboxes;
  }

  void list(Exchange exchange, Account account) throws IOException {
    QueryParameters query = exchange.query();
    int limit = query.optionalInteger("limit", 1, MAX_LIMIT).orElse(DEFAULT_LIMIT);
    int offset = query.optionalInteger("offset", 0, MAX_OFFSET).orElse(0);
    List<Sandbox> ended = sandboxes.history(account, limit, offset);
    exchange.json(
        HttpStatuses.OK,
        json -> {
          json.writeStartArray();
          for (Sandbox sandbox : ended) {
            HistoryJson.write(json, sandbox);
          }
          json.writeEndArray();
        });
  }
}
