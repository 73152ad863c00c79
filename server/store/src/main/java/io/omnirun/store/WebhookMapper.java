package io.omnirun.store;

import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.EventType;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Webhook;
import io.omnirun.model.WebhookId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.StatementContext;

/** Reads webhooks from rows of the table {@code webhook}. */
final class WebhookMapper implements RowMapper<Webhook> {
  @Override
  public Webhook map(ResultSet row, StatementContext context) throws SQLException {
    try {
      return new Webhook(
          new WebhookId(row.getString("webhook_id")),
          new AccountId(row.getString("account_id")),
          row.getString("url"),
          events(row.getString("events")),
          row.getString("sealed_secret"),
          Instant.ofEpochMilli(row.getLong("created_at_ms")),
          row.getLong("failed_deliveries"),
          Optional.ofNullable(row.getString("last_error")));
    } catch (IllegalArgumentException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "a stored webhook cannot be read", e);
    }
  }

  private static Set<EventType> events(String text) {
    return Stream.of(text.strip().split(" ", -1))
        .flatMap(name -> EventType.parse(name).stream())
        .collect(Collectors.toSet());
  }
}
