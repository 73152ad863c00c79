package io.omnirun.store;

import io.omnirun.core.ports.TokenStore.Credential;
import io.omnirun.model.ApiToken;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.customizer.Bind;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;

/** The statements about tokens. Those that write answer how many rows they found. */
interface TokenDao extends TokenInserts, AccountLock {
  @SqlQuery("SELECT COUNT(*) FROM api_token WHERE account_id = :accountId AND kind = :kind")
  int count(@Bind("accountId") String accountId, @Bind("kind") String kind);

  /** Removes the oldest of a kind, all but so many of the newest. */
  @SqlUpdate(
      """
      DELETE FROM api_token
      WHERE account_id = :accountId AND kind = :kind AND token_id NOT IN (
        SELECT token_id
        FROM api_token
        WHERE account_id = :accountId AND kind = :kind
        ORDER BY created_at_ms DESC, token_id
        LIMIT :kept)
      """)
  int deleteOldest(
      @Bind("accountId") String accountId, @Bind("kind") String kind, @Bind("kept") int kept);

  @SqlQuery(
      "SELECT account.*, "
          + TokenMapper.ALIASES
          + """

          FROM api_token
          JOIN account ON account.account_id = api_token.account_id
          WHERE sha256 = :sha256 AND (expires_at_ms IS NULL OR expires_at_ms > :nowMs)
          """)
  Optional<Credential> find(@Bind("sha256") String sha256, @Bind("nowMs") long nowMs);

  @SqlQuery(
      "SELECT "
          + TokenMapper.ALIASES
          + """

          FROM api_token
          WHERE account_id = :accountId
          ORDER BY created_at_ms, token_id
          """)
  List<ApiToken> list(@Bind("accountId") String accountId);

  @SqlUpdate("DELETE FROM api_token WHERE account_id = :accountId AND token_id = :tokenId")
  int delete(@Bind("accountId") String accountId, @Bind("tokenId") String tokenId);

  @SqlUpdate("UPDATE api_token SET last_used_at_ms = :nowMs WHERE token_id = :tokenId")
  int markUsed(@Bind("tokenId") String tokenId, @Bind("nowMs") long nowMs);

  @SqlUpdate("DELETE FROM api_token WHERE expires_at_ms <= :nowMs")
  int deleteExpired(@Bind("nowMs") long nowMs);
}
