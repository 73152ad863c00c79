package io.omnirun.rest;

import io.omnirun.core.Sandboxes;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.model.Account;
import io.omnirun.model.Sandbox;
import java.io.IOException;

/** The routes at {@code /sandboxes} and {@code /sandboxes/{id}}. */
final class SandboxRoutes {
  private static final String NEXT_TOKEN_HEADER = "x-next-token";

  private final Sandboxes sandboxes;

  SandboxRoutes(Sandboxes sandboxes) {
    this.sandboxes = sandboxes;
  }

  void create(Exchange exchange, Account account) throws IOException {
    Sandbox created = sandboxes.create(account, CreateBody.parse(exchange.readJson()));
    exchange.json(HttpStatuses.CREATED, json -> SandboxJson.write(json, created));
  }

  void list(Exchange exchange, Account account) throws IOException {
    SandboxListQuery query = SandboxListQuery.parse(exchange.query());
    SandboxListQuery.Page page = query.page(sandboxes.list(account));
    page.nextToken().ifPresent(token -> exchange.setHeader(NEXT_TOKEN_HEADER, token));
    exchange.json(
        HttpStatuses.OK,
        json -> {
          json.writeStartArray();
          for (Sandbox sandbox : page.sandboxes()) {
            SandboxJson.write(json, sandbox);
          }
          json.writeEndArray();
        });
  }

  void show(Exchange exchange, Account account) throws IOException {
    Sandbox sandbox = sandboxes.get(account, SandboxIds.inPath(exchange));
    exchange.json(HttpStatuses.OK, json -> SandboxJson.write(json, sandbox));
  }

  void kill(Exchange exchange, Account account) throws IOException {
    sandboxes.kill(account, SandboxIds.inPath(exchange));
    exchange.empty(HttpStatuses.NO_CONTENT);
  }
}
