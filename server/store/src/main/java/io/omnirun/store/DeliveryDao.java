package io.omnirun.store;

import io.omnirun.model.Delivery;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.customizer.Bind;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jspecify.annotations.Nullable;

/**
 * The statements about events on their way. Of all accounts: a node delivers whoever's they are.
 */
interface DeliveryDao {
  @SqlQuery(
      """
      SELECT DISTINCT d.webhook_id
      FROM webhook_delivery d JOIN webhook w ON w.webhook_id = d.webhook_id
      WHERE d.node_id = :nodeId AND d.next_attempt_at_ms <= :nowMs
      """)
  List<String> due(@Bind("nodeId") String nodeId, @Bind("nowMs") long nowMs);

  @SqlQuery(
      """
      SELECT MIN(next_attempt_at_ms)
      FROM webhook_delivery
      WHERE node_id = :nodeId AND next_attempt_at_ms > :nowMs
      """)
  @Nullable Long nextAfter(@Bind("nodeId") String nodeId, @Bind("nowMs") long nowMs);

  @SqlQuery(
      """
      SELECT d.*, w.url, w.sealed_secret
      FROM webhook_delivery d JOIN webhook w ON w.webhook_id = d.webhook_id
      WHERE d.webhook_id = :webhookId AND d.next_attempt_at_ms <= :nowMs
      ORDER BY d.created_at_ms, d.event_id
      LIMIT 1
      """)
  Optional<Delivery> next(@Bind("webhookId") String webhookId, @Bind("nowMs") long nowMs);

  @SqlUpdate("DELETE FROM webhook_delivery WHERE webhook_id = :webhookId AND event_id = :eventId")
  int delete(@Bind("webhookId") String webhookId, @Bind("eventId") String eventId);

  @SqlUpdate(
      """
      UPDATE webhook_delivery
      SET attempts = attempts + 1, next_attempt_at_ms = :nextMs
      WHERE webhook_id = :webhookId AND event_id = :eventId
      """)
  int postpone(
      @Bind("webhookId") String webhookId,
      @Bind("eventId") String eventId,
      @Bind("nextMs") long nextMs);

  @SqlUpdate(
      """
      UPDATE webhook
      SET failed_deliveries = failed_deliveries + :givenUp, last_error = :error
      WHERE webhook_id = :webhookId
      """)
  int recordError(
      @Bind("webhookId") String webhookId,
      @Bind("givenUp") int givenUp,
      @Bind("error") String error);

  @SqlUpdate(
      """
      DELETE FROM webhook_delivery
      WHERE node_id = :nodeId
        AND NOT EXISTS (
          SELECT 1 FROM webhook w WHERE w.webhook_id = webhook_delivery.webhook_id)
      """)
  int sweep(@Bind("nodeId") String nodeId);
}
