package io.omnirun.store;

import io.omnirun.model.Webhook;
import java.util.List;
import org.jdbi.v3.sqlobject.customizer.Bind;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;

/** The statements about webhooks. Those that write answer how many rows they found. */
interface WebhookDao extends AuditDao, AccountLock {
  @SqlQuery("SELECT COUNT(*) FROM webhook WHERE account_id = :accountId")
  int count(@Bind("accountId") String accountId);

  @SqlUpdate(
      """
      INSERT INTO webhook (
        webhook_id, account_id, node_id, url, events, sealed_secret, created_at_ms,
        failed_deliveries)
      VALUES (
        :webhookId, :accountId, :nodeId, :url, :events, :sealedSecret, :createdAtMs, 0)
      """)
  int insert(@BindMethods WebhookRow row);

  @SqlQuery(
      """
      SELECT *
      FROM webhook
      WHERE account_id = :accountId
      ORDER BY created_at_ms, webhook_id
      """)
  List<Webhook> list(@Bind("accountId") String accountId);

  @SqlUpdate("DELETE FROM webhook WHERE account_id = :accountId AND webhook_id = :webhookId")
  int delete(@Bind("accountId") String accountId, @Bind("webhookId") String webhookId);

  @SqlUpdate(
      "DELETE FROM webhook_delivery WHERE account_id = :accountId AND webhook_id = :webhookId")
  int deleteDeliveries(@Bind("accountId") String accountId, @Bind("webhookId") String webhookId);
}
