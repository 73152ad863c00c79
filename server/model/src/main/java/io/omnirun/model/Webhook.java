package io.omnirun.model;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * Where an account wants to be told of events.
 *
 * @param sealedSecret what signs the deliveries, encrypted
 * @param failedDeliveries how many were given up
 * @param lastError of the last attempt that failed, for people
 */
public record Webhook(
    WebhookId id,
    AccountId account,
    String url,
    Set<EventType> events,
    String sealedSecret,
    Instant createdAt,
    long failedDeliveries,
    Optional<String> lastError) {
  public Webhook {
    events = Set.copyOf(events);
  }
}
