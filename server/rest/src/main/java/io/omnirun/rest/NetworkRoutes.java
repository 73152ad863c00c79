package io.omnirun.rest;

import io.omnirun.core.Networks;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.http.QueryParameters;
import io.omnirun.model.Account;
import io.omnirun.model.EgressPage;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.SandboxId;
import java.io.IOException;

/**
 * {@code POST /sandboxes/{id}/network-policy}, {@code GET /sandboxes/{id}/egress}: what a sandbox
 * reaches, and what it tried to.
 */
final class NetworkRoutes {
  static final int DEFAULT_LIMIT = 100;

  /** All that is kept of a sandbox. */
  static final int MAX_LIMIT = 1_000;

  private final Networks networks;

  NetworkRoutes(Networks networks) {
    this.networks = networks;
  }

  void register(Routes routes) {
    routes.add("POST", "/sandboxes/{id}/network-policy", Access.SANDBOXES, this::change);
    routes.add("GET", "/sandboxes/{id}/egress", Access.READ, this::egress);
  }

  private void change(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    NetworkPolicy policy = networks.change(account, id, NetworkBody.ofChange(exchange.readJson()));
    exchange.json(HttpStatuses.OK, json -> NetworkJson.writePolicy(json, policy));
  }

  private void egress(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    QueryParameters query = exchange.query();
    long after = query.optionalLong("after", 0, Long.MAX_VALUE).orElse(0);
    int limit = query.optionalInteger("limit", 1, MAX_LIMIT).orElse(DEFAULT_LIMIT);
    EgressPage page = networks.egress(account, id, after, limit);
    exchange.json(HttpStatuses.OK, json -> NetworkJson.writePage(json, page));
  }
}
