package io.omnirun.store;

import io.omnirun.model.EventType;
import io.omnirun.model.NodeId;
import io.omnirun.model.Webhook;
import java.util.stream.Collectors;

/** A row to insert into the table {@code webhook}. Public for JDBI's reflection alone. */
public record WebhookRow(
    String webhookId,
    String accountId,
    String nodeId,
    String url,
    String events,
    String sealedSecret,
    long createdAtMs) {

  static WebhookRow of(Webhook webhook, NodeId node) {
    return new WebhookRow(
        webhook.id().value(),
        webhook.account().value(),
        node.value(),
        webhook.url(),
        webhook.events().stream()
            .map(EventType::text)
            .sorted()
            .collect(Collectors.joining(" ", " ", " ")),
        webhook.sealedSecret(),
        webhook.createdAt().toEpochMilli());
  }
}
