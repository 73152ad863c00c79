package io.omnirun.store;

import io.omnirun.model.AccountId;
import io.omnirun.model.ApiToken;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.TokenId;
import io.omnirun.model.TokenKind;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Locale;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * Reads tokens from rows that name the columns of the table {@code api_token} as {@link #ALIASES}
 * does.
 */
final class TokenMapper implements RowMapper<ApiToken> {
  /** Apart from those of an account, with which a token may share a row. */
  static final String ALIASES =
      "token_id, api_token.account_id AS token_account_id, kind, api_token.name AS token_name, scopes, "
          + "api_token.created_at_ms AS token_created_at_ms, expires_at_ms, last_used_at_ms";

  @Override
  public ApiToken map(ResultSet row, StatementContext context) throws SQLException {
    try {
      return new ApiToken(
          new TokenId(row.getString("token_id")),
          new AccountId(row.getString("token_account_id")),
          TokenKind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)),
          row.getString("token_name"),
          ScopeNames.read(row.getString("scopes")),
          Columns.instant(row, "token_created_at_ms"),
          Columns.optionalInstant(row, "expires_at_ms"),
          Columns.optionalInstant(row, "last_used_at_ms"));
    } catch (IllegalArgumentException e) {
      throw new OmniRunException(ErrorCode.INTERNAL, "a stored token cannot be read", e);
    }
  }
}
