package io.omnirun.store;

import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.AccountLimits;
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
          new AccountId(row.getString("account_id")), row.getString("name"), limits(row));
    } catch (IllegalArgumentException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "a stored account cannot be read", e);
    }
  }

  private static AccountLimits limits(ResultSet row) throws SQLException {
    return new AccountLimits(
        row.getInt("max_concurrent_sandboxes"),
        row.getInt("max_paused_sandboxes"),
        row.getInt("max_vcpus"),
        row.getInt("max_memory_mib"),
        row.getInt("max_disk_mib"),
        row.getInt("requests_per_second"));
  }
}
