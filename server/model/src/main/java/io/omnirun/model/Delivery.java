package io.omnirun.model;

import java.time.Instant;

/**
 * An event on its way to a webhook.
 *
 * @param body JSON, as it was when the event happened
 * @param createdAt when the event happened
 * @param attempts that have failed
 */
public record Delivery(
    WebhookId webhook,
    AccountId account,
    String url,
    String sealedSecret,
    EventId event,
    String type,
    String body,
    Instant createdAt,
    int attempts) {

  /** Leaves the body out: labels of sandboxes stand in it. */
  @Override
  public String toString() {
    return "Delivery[" + event + " to " + webhook + "]";
  }
}
