package io.omnirun.store;

import org.jdbi.v3.sqlobject.customizer.Bind;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;

/**
 * The statements that keep an event for the webhooks that want it, in the transaction of the change
 * it tells of. A webhook's events stand in one text, each between spaces.
 */
interface OutboxDao extends AuditDao {
  @SqlQuery("SELECT COUNT(*) > 0 FROM webhook WHERE account_id = :accountId")
  boolean hasWebhooks(@Bind("accountId") String accountId);

  /** Counts as failed what the next statement will not keep. */
  @SqlUpdate(
      """
      UPDATE webhook
      SET failed_deliveries = failed_deliveries + 1, last_error = :error
      WHERE account_id = :accountId AND events LIKE '% ' || :event || ' %'
        AND :maxWaiting <= (
          SELECT COUNT(*) FROM webhook_delivery d WHERE d.webhook_id = webhook.webhook_id)
      """)
  int countOverflow(
      @Bind("accountId") String accountId,
      @Bind("event") String event,
      @Bind("maxWaiting") int maxWaiting,
      @Bind("error") String error);

  @SqlUpdate(
      """
      INSERT INTO webhook_delivery (
        webhook_id, event_id, account_id, node_id, event, body, created_at_ms,
        next_attempt_at_ms, attempts)
      SELECT webhook_id, :eventId, account_id, node_id, :event, :body, :atMs, :atMs, 0
      FROM webhook
      WHERE account_id = :accountId AND events LIKE '% ' || :event || ' %'
        AND :maxWaiting > (
          SELECT COUNT(*) FROM webhook_delivery d WHERE d.webhook_id = webhook.webhook_id)
      """)
  int keepEvent(
      @Bind("accountId") String accountId,
      @Bind("eventId") String eventId,
      @Bind("event") String event,
      @Bind("body") String body,
      @Bind("atMs") long atMs,
      @Bind("maxWaiting") int maxWaiting);
}
