package io.omnirun.rest;

import io.omnirun.core.ExposureRequest;
import io.omnirun.core.Exposures;
import io.omnirun.core.Exposures.NewExposure;
import io.omnirun.core.PreviewUrls;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.http.JsonFields;
import io.omnirun.model.Account;
import io.omnirun.model.Exposure;
import io.omnirun.model.ExposureId;
import io.omnirun.model.SandboxId;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The routes at {@code /sandboxes/{id}/exposures}. */
final class ExposureRoutes {
  private static final String ALL = "/sandboxes/{id}/exposures";
  private static final String ONE = ALL + "/{eid}";

  private final Exposures exposures;
  private final ExposureJson shown;

  ExposureRoutes(Exposures exposures, PreviewUrls urls) {
    this.exposures = exposures;
    this.shown = new ExposureJson(urls);
  }

  void register(Routes routes) {
    routes.add("POST", ALL, Access.SANDBOXES, this::create);
    routes.add("GET", ALL, Access.READ, this::list);
    routes.add("GET", ONE, Access.READ, this::show);
    routes.add("DELETE", ONE, Access.SANDBOXES, this::close);
    routes.add("POST", ONE + "/refresh", Access.SANDBOXES, this::refresh);
  }

  private void create(Exchange exchange, Account account) throws IOException {
    SandboxId sandbox = SandboxIds.inPath(exchange);
    ExposureRequest request = ExposureBody.parse(exchange.readJson());
    NewExposure created = exposures.create(account, sandbox, request);
    exchange.json(HttpStatuses.CREATED, json -> shown.writeCreated(json, created));
  }

  private void list(Exchange exchange, Account account) throws IOException {
    List<Exposure> all = exposures.list(account, SandboxIds.inPath(exchange));
    exchange.json(
        HttpStatuses.OK,
        json -> {
          json.writeStartArray();
          for (Exposure exposure : all) {
            shown.write(json, exposure);
          }
          json.writeEndArray();
        });
  }

  private void show(Exchange exchange, Account account) throws IOException {
    Exposure exposure = exposures.find(account, SandboxIds.inPath(exchange), inPath(exchange));
    exchange.json(HttpStatuses.OK, json -> shown.write(json, exposure));
  }

  private void close(Exchange exchange, Account account) throws IOException {
    exposures.close(account, SandboxIds.inPath(exchange), inPath(exchange));
    exchange.empty(HttpStatuses.NO_CONTENT);
  }

  /** Without a body: for as long as may be. */
  private void refresh(Exchange exchange, Account account) throws IOException {
    Optional<JsonFields> body = exchange.readJsonIfAny();
    Optional<Duration> lifetime = body.flatMap(ExposureBody::lifetime);
    Exposure exposure =
        exposures.refresh(account, SandboxIds.inPath(exchange), inPath(exchange), lifetime);
    exchange.json(HttpStatuses.OK, json -> shown.write(json, exposure));
  }

  /** For text that is no id a fresh one stands in, which nobody has. */
  private static ExposureId inPath(Exchange exchange) {
    return ExposureId.parse(exchange.pathParameter("eid")).orElseGet(ExposureId::random);
  }
}
