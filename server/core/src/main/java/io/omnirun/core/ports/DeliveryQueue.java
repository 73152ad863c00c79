package io.omnirun.core.ports;

import io.omnirun.model.Delivery;
import io.omnirun.model.WebhookId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The events that wait to be delivered to the webhooks of this node. They are added in the
 * transaction of the change that they tell of, so none is lost. Thread-safe; calls block for the
 * database.
 */
public interface DeliveryQueue {
  /** The webhooks for which something is due. */
  List<WebhookId> due(Instant now);

  /** When the first of those that are not due yet will be. */
  Optional<Instant> nextAfter(Instant now);

  /** The oldest event that is due for a webhook. */
  Optional<Delivery> next(WebhookId webhook, Instant now);

  /** It has arrived. */
  void delivered(Delivery delivery);

  /** It has not, and is tried again. */
  void postpone(Delivery delivery, Instant nextAttempt, String error);

  /** It has not, and is not tried again. */
  void giveUp(Delivery delivery, String error);

  /** Removes what waits for webhooks that are gone. */
  void sweep();
}
