package io.omnirun.store;

import io.omnirun.model.AccountId;
import io.omnirun.model.AuditAction;
import io.omnirun.model.AuditEntry;
import io.omnirun.model.AuditId;
import io.omnirun.model.AuditOutcome;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Origin;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.StatementContext;

/** Reads entries from rows of the table {@code audit_entry}. */
final class AuditMapper implements RowMapper<AuditEntry> {
  @Override
  public AuditEntry map(ResultSet row, StatementContext context) throws SQLException {
    try {
      return new AuditEntry(
          new AuditId(row.getString("audit_id")),
          Instant.ofEpochMilli(row.getLong("at_ms")),
          Optional.ofNullable(row.getString("account_id")).map(AccountId::new),
          new Origin(row.getString("actor"), Optional.ofNullable(row.getString("address"))),
          AuditAction.parse(row.getString("action")).orElseThrow(),
          row.getString("resource"),
          AuditOutcome.parse(row.getString("outcome")).orElseThrow(),
          Optional.ofNullable(row.getString("detail")));
    } catch (IllegalArgumentException | NoSuchElementException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "a stored audit entry cannot be read", e);
    }
  }
}
