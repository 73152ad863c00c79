package io.omnirun.store;

import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.StatementContext;

/** Reads accounts from rows of the table {@code account}. */
final class AccountMapper implements RowMapper<Account> {
  @Override
  public Account map(ResultSet row, StatementContext context) throws SQLException {
    try {
      return new Account(
          new AccountId(row.getString("account_id")),
          row.getString("name"),
          row.getInt("max_concurrent_sandboxes"),
          row.getInt("max_paused_sandboxes"),
          row.getInt("requests_per_second"));
    } catch (IllegalArgumentException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "a stored account cannot be read", e);
    }
  }
}
