package io.omnirun.store;

import io.omnirun.model.EmailAddress;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Profile;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.StatementContext;

/** Reads accounts with their persons from whole rows of the table {@code account}. */
final class ProfileMapper implements RowMapper<Profile> {
  private final AccountMapper accounts = new AccountMapper();

  @Override
  public Profile map(ResultSet row, StatementContext context) throws SQLException {
    try {
      return new Profile(
          accounts.map(row, context),
          Optional.ofNullable(row.getString("email")).map(EmailAddress::new),
          row.getInt("administrator") != 0,
          Columns.instant(row, "created_at_ms"),
          Columns.optionalInstant(row, "suspended_at_ms"));
    } catch (IllegalArgumentException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "a stored account cannot be read", e);
    }
  }
}
