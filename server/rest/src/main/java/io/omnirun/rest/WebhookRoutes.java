package io.omnirun.rest;

import com.fasterxml.jackson.core.JsonGenerator;
import io.omnirun.core.Webhooks;
import io.omnirun.core.Webhooks.NewWebhook;
import io.omnirun.http.Exchange;
import io.omnirun.http.HttpStatuses;
import io.omnirun.model.Account;
import io.omnirun.model.EventType;
import io.omnirun.model.Webhook;
import io.omnirun.model.WebhookId;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** The routes at {@code /webhooks}. */
final class WebhookRoutes {
  private final Webhooks webhooks;

  WebhookRoutes(Webhooks webhooks) {
    this.webhooks = webhooks;
  }

  void create(Exchange exchange, Account account) throws IOException {
    WebhookBody body = WebhookBody.parse(exchange.readJson());
    NewWebhook created = webhooks.create(account, body.url(), body.events());
    exchange.json(
        HttpStatuses.CREATED,
        json -> {
          json.writeStartObject();
          writeFields(json, created.webhook());
          json.writeStringField("secret", created.secret());
          json.writeEndObject();
        });
  }

  void list(Exchange exchange, Account account) throws IOException {
    List<Webhook> all = webhooks.list(account);
    exchange.json(
        HttpStatuses.OK,
        json -> {
          json.writeStartArray();
          for (Webhook webhook : all) {
            json.writeStartObject();
            writeFields(json, webhook);
            json.writeEndObject();
          }
          json.writeEndArray();
        });
  }

  /** For text that is no id a fresh one stands in, which nobody has. */
  void delete(Exchange exchange, Account account) throws IOException {
    Optional<WebhookId> id = WebhookId.parse(exchange.pathParameter("id"));
    webhooks.delete(account, id.orElseGet(WebhookId::random));
    exchange.empty(HttpStatuses.NO_CONTENT);
  }

  private static void writeFields(JsonGenerator json, Webhook webhook) throws IOException {
    json.writeStringField("id", webhook.id().value());
    json.writeStringField("url", webhook.url());
    json.writeArrayFieldStart("events");
    for (String event : webhook.events().stream().map(EventType::text).sorted().toList()) {
      json.writeString(event);
    }
    json.writeEndArray();
    json.writeStringField("createdAt", Timestamps.text(webhook.createdAt()));
    json.writeNumberField("failedDeliveries", webhook.failedDeliveries());
    SandboxJson.writeIfThere(json, "lastError", webhook.lastError());
  }
}
