package io.omnirun.store;

import io.omnirun.core.ports.DeliveryQueue;
import io.omnirun.model.Delivery;
import io.omnirun.model.NodeId;
import io.omnirun.model.WebhookId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Events on their way in the table {@code webhook_delivery}. */
final class SqlDeliveryQueue implements DeliveryQueue {
  private static final int NONE = 0;
  private static final int ONE = 1;

  private final Daos<DeliveryDao> daos;
  private final NodeId node;

  SqlDeliveryQueue(Daos<DeliveryDao> daos, NodeId node) {
    this.daos = daos;
    this.node = node;
  }

  @Override
  public List<WebhookId> due(Instant now) {
    return daos.read(dao -> dao.due(node.value(), now.toEpochMilli())).stream()
        .map(WebhookId::new)
        .toList();
  }

  @Override
  public Optional<Instant> nextAfter(Instant now) {
    return daos.read(dao -> Optional.ofNullable(dao.nextAfter(node.value(), now.toEpochMilli())))
        .map(Instant::ofEpochMilli);
  }

  @Override
  public Optional<Delivery> next(WebhookId webhook, Instant now) {
    return daos.read(dao -> dao.next(webhook.value(), now.toEpochMilli()));
  }

  @Override
  public void delivered(Delivery delivery) {
    daos.write(dao -> dao.delete(delivery.webhook().value(), delivery.event().value()));
  }

  @Override
  public void postpone(Delivery delivery, Instant nextAttempt, String error) {
    String webhook = delivery.webhook().value();
    daos.writeAtomically(
        dao ->
            dao.postpone(webhook, delivery.event().value(), nextAttempt.toEpochMilli())
                + dao.recordError(webhook, NONE, FailureReasons.storable(error)));
  }

  @Override
  public void giveUp(Delivery delivery, String error) {
    String webhook = delivery.webhook().value();
    daos.writeAtomically(
        dao ->
            dao.delete(webhook, delivery.event().value())
                + dao.recordError(webhook, ONE, FailureReasons.storable(error)));
  }

  @Override
  public void sweep() {
    daos.write(dao -> dao.sweep(node.value()));
  }
}
