package io.omnirun.rest;

import io.omnirun.core.CreateRequest;
import io.omnirun.core.Sandboxes;
import io.omnirun.core.TrafficTokens;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.model.Account;
import io.omnirun.model.Caller;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import io.omnirun.model.Scope;
import java.io.IOException;
import java.time.Duration;

/** The routes at {@code /sandboxes} and {@code /sandboxes/{id}}. */
final class SandboxRoutes {
  private static final String NEXT_TOKEN_HEADER = "x-next-token";

  private final Sandboxes sandboxes;
  private final TrafficTokens trafficTokens;

  SandboxRoutes(Sandboxes sandboxes, TrafficTokens trafficTokens) {
    this.sandboxes = sandboxes;
    this.trafficTokens = trafficTokens;
  }

  /**
   * Whoever may use a sandbox sees the credentials in it, and may use its key for language models:
   * to put them there takes their scope.
   */
  void create(Exchange exchange, Caller caller) throws IOException {
    CreateRequest request = CreateBody.parse(exchange.readJson());
    if (request.vaultInject()) {
      Authentication.require(Scope.VAULT, caller);
    }
    if (request.llm().isPresent()) {
      Authentication.require(Scope.LLM, caller);
    }
    Sandbox created = sandboxes.create(caller.account(), request);
    exchange.json(
        HttpStatuses.CREATED,
        json -> SandboxJson.writeCreated(json, created, trafficTokens.of(created)));
  }

  void setTimeout(Exchange exchange, Account account) throws IOException {
    SandboxId id = SandboxIds.inPath(exchange);
    Duration timeout = Timeouts.ofRunningSandbox(exchange.readJson());
    Sandbox sandbox = sandboxes.setTimeout(account, id, timeout);
    exchange.json(HttpStatuses.OK, json -> SandboxJson.write(json, sandbox));
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
