package io.omnirun.store;

import io.omnirun.core.ports.SecondFactorStore.Factor;
import java.util.Optional;
import org.jdbi.v3.sqlobject.customizer.Bind;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;

/** The statements about second factors. Those that write answer how many rows they found. */
interface SecondFactorDao extends AuditDao {
  @SqlQuery(
      """
      SELECT sealed_secret, confirmed_at_ms, last_step
      FROM second_factor
      WHERE account_id = :accountId
      """)
  Optional<Factor> find(@Bind("accountId") String accountId);

  @SqlUpdate(
      """
      INSERT INTO second_factor (account_id, sealed_secret, created_at_ms, last_step)
      VALUES (:accountId, :sealedSecret, :nowMs, 0)
      ON CONFLICT (account_id) DO UPDATE SET
        sealed_secret = excluded.sealed_secret,
        created_at_ms = excluded.created_at_ms,
        last_step = 0
      WHERE second_factor.confirmed_at_ms IS NULL
      """)
  int enrol(
      @Bind("accountId") String accountId,
      @Bind("sealedSecret") String sealedSecret,
      @Bind("nowMs") long nowMs);

  @SqlUpdate(
      """
      UPDATE second_factor
      SET confirmed_at_ms = :nowMs, last_step = :step
      WHERE account_id = :accountId AND confirmed_at_ms IS NULL
      """)
  int confirm(
      @Bind("accountId") String accountId, @Bind("step") long step, @Bind("nowMs") long nowMs);

  @SqlUpdate(
      """
      UPDATE second_factor
      SET last_step = :step
      WHERE account_id = :accountId AND confirmed_at_ms IS NOT NULL AND last_step < :step
      """)
  int useStep(@Bind("accountId") String accountId, @Bind("step") long step);

  @SqlUpdate("DELETE FROM second_factor WHERE account_id = :accountId")
  int delete(@Bind("accountId") String accountId);

  @SqlUpdate("DELETE FROM mfa_challenge WHERE account_id = :accountId")
  int deleteChallenges(@Bind("accountId") String accountId);

  @SqlUpdate(
      """
      INSERT INTO mfa_challenge (sha256, account_id, tries_left, created_at_ms, expires_at_ms)
      VALUES (:sha256, :accountId, :tries, :createdAtMs, :expiresAtMs)
      """)
  int insertChallenge(
      @Bind("sha256") String sha256,
      @Bind("accountId") String accountId,
      @Bind("tries") int tries,
      @Bind("createdAtMs") long createdAtMs,
      @Bind("expiresAtMs") long expiresAtMs);

  @SqlQuery(
      """
      UPDATE mfa_challenge
      SET tries_left = tries_left - 1
      WHERE sha256 = :sha256 AND tries_left > 0 AND expires_at_ms > :nowMs
        AND created_at_ms <= :latestCreatedMs
      RETURNING account_id
      """)
  Optional<String> tryChallenge(
      @Bind("sha256") String sha256,
      @Bind("nowMs") long nowMs,
      @Bind("latestCreatedMs") long latestCreatedMs);

  @SqlUpdate("DELETE FROM mfa_challenge WHERE sha256 = :sha256")
  int deleteChallenge(@Bind("sha256") String sha256);

  @SqlUpdate("DELETE FROM mfa_challenge WHERE expires_at_ms <= :nowMs")
  int deleteExpired(@Bind("nowMs") long nowMs);
}
