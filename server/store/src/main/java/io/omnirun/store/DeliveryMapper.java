package io.omnirun.store;

import io.omnirun.model.AccountId;
import io.omnirun.model.Delivery;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.EventId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.WebhookId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.StatementContext;

/** Reads events on their way from rows of {@code webhook_delivery} with their webhook's. */
final class DeliveryMapper implements RowMapper<Delivery> {
  @Override
  public Delivery map(ResultSet row, StatementContext context) throws SQLException {
    try {
      return new Delivery(
          new WebhookId(row.getString("webhook_id")),
          new AccountId(row.getString("account_id")),
          row.getString("url"),
          row.getString("sealed_secret"),
          new EventId(row.getString("event_id")),
          row.getString("event"),
          row.getString("body"),
          Instant.ofEpochMilli(row.getLong("created_at_ms")),
          row.getInt("attempts"));
    } catch (IllegalArgumentException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "a stored event cannot be read", e);
    }
  }
}
