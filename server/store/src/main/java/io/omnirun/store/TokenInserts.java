package io.omnirun.store;

import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;

/** How a token is inserted, also together with its account. */
interface TokenInserts extends AuditDao {
  @SqlUpdate(
      """
      INSERT INTO api_token (
        token_id, account_id, kind, name, sha256, scopes, created_at_ms, expires_at_ms)
      VALUES (
        :tokenId, :accountId, :kind, :name, :sha256, :scopes, :createdAtMs, :expiresAtMs)
      """)
  int insertToken(@BindMethods TokenRow row);
}
