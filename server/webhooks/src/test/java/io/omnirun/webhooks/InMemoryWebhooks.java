package io.omnirun.webhooks;

import io.omnirun.core.ports.DeliveryQueue;
import io.omnirun.core.ports.WebhookStore;
import io.omnirun.model.AccountId;
import io.omnirun.model.Delivery;
import io.omnirun.model.EventId;
import io.omnirun.model.Webhook;
import io.omnirun.model.WebhookId;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Webhooks and what waits for them, by the contract of the ports. */
final class InMemoryWebhooks implements WebhookStore, DeliveryQueue {
  private record Waiting(Delivery delivery, Instant next) {}

  final AtomicInteger givenUp = new AtomicInteger();
  volatile String lastError = "";
  private final Map<EventId, Waiting> waiting = new LinkedHashMap<>();

  synchronized void add(Webhook webhook, String body) {
    EventId event = EventId.random();
    Instant now = Instant.now();
    Delivery delivery =
        new Delivery(
            webhook.id(),
            webhook.account(),
            webhook.url(),
            webhook.sealedSecret(),
            event,
            "sandbox.created",
            body,
            now,
            0);
    waiting.put(event, new Waiting(delivery, now));
  }

  synchronized boolean isEmpty() {
    return waiting.isEmpty();
  }

  @Override
  public synchronized List<WebhookId> due(Instant now) {
    return waiting.values().stream()
        .filter(each -> !each.next().isAfter(now))
        .map(each -> each.delivery().webhook())
        .distinct()
        .toList();
  }

  @Override
  public synchronized Optional<Instant> nextAfter(Instant now) {
    return waiting.values().stream()
        .map(Waiting::next)
        .filter(next -> next.isAfter(now))
        .min(Instant::compareTo);
  }

  @Override
  public synchronized Optional<Delivery> next(WebhookId webhook, Instant now) {
    return waiting.values().stream()
        .filter(each -> !each.next().isAfter(now))
        .map(Waiting::delivery)
        .filter(delivery -> delivery.webhook().equals(webhook))
        .findFirst();
  }

  @Override
  public synchronized void delivered(Delivery delivery) {
    waiting.remove(delivery.event());
  }

  @Override
  public synchronized void postpone(Delivery delivery, Instant nextAttempt, String error) {
    lastError = error;
    waiting.replace(delivery.event(), new Waiting(delivery, nextAttempt));
  }

  @Override
  public synchronized void giveUp(Delivery delivery, String error) {
    lastError = error;
    givenUp.incrementAndGet();
    waiting.remove(delivery.event());
  }

  @Override
  public void sweep() {}

  @Override
  public void insert(Webhook webhook, int maxPerAccount) {}

  @Override
  public List<Webhook> list(AccountId account) {
    return List.of();
  }

  @Override
  public boolean delete(AccountId account, WebhookId id) {
    return false;
  }
}
