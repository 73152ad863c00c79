package io.omnirun.store;

import java.util.Optional;
import org.jdbi.v3.sqlobject.customizer.Bind;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;

/** The statements about codes that were mailed, and attempts. */
interface SignInDao {
  @SqlUpdate(
      """
      INSERT INTO sign_in_code (
        email, code_hmac, link_sha256, tries_left, created_at_ms, expires_at_ms)
      VALUES (:email, :codeHmac, :linkSha256, :triesLeft, :createdAtMs, :expiresAtMs)
      ON CONFLICT (email) DO UPDATE SET
        code_hmac = excluded.code_hmac,
        link_sha256 = excluded.link_sha256,
        tries_left = excluded.tries_left,
        created_at_ms = excluded.created_at_ms,
        expires_at_ms = excluded.expires_at_ms
      """)
  int replaceCode(@BindMethods SignInCodeRow row);

  /** Uses up a try and locks the row until the transaction ends; gives what a right code is. */
  @SqlQuery(
      """
      UPDATE sign_in_code
      SET tries_left = tries_left - 1
      WHERE email = :email AND tries_left > 0 AND expires_at_ms > :nowMs
        AND created_at_ms <= :latestCreatedMs
      RETURNING code_hmac
      """)
  Optional<String> tryCode(
      @Bind("email") String email,
      @Bind("nowMs") long nowMs,
      @Bind("latestCreatedMs") long latestCreatedMs);

  @SqlUpdate("DELETE FROM sign_in_code WHERE email = :email")
  int deleteCode(@Bind("email") String email);

  @SqlQuery(
      """
      DELETE FROM sign_in_code
      WHERE link_sha256 = :linkSha256 AND expires_at_ms > :nowMs
        AND created_at_ms <= :latestCreatedMs
      RETURNING email
      """)
  Optional<String> takeLink(
      @Bind("linkSha256") String linkSha256,
      @Bind("nowMs") long nowMs,
      @Bind("latestCreatedMs") long latestCreatedMs);

  @SqlQuery(
      """
      SELECT email
      FROM sign_in_code
      WHERE link_sha256 = :linkSha256 AND expires_at_ms > :nowMs
        AND created_at_ms <= :latestCreatedMs
      """)
  Optional<String> findLink(
      @Bind("linkSha256") String linkSha256,
      @Bind("nowMs") long nowMs,
      @Bind("latestCreatedMs") long latestCreatedMs);

  @SqlUpdate("DELETE FROM sign_in_code WHERE expires_at_ms <= :nowMs")
  int deleteExpiredCodes(@Bind("nowMs") long nowMs);

  @SqlQuery(
      """
      SELECT attempts
      FROM sign_in_attempt
      WHERE subject = :subject AND window_started_at_ms > :fromMs
        AND window_started_at_ms < :untilMs
      """)
  Optional<Integer> attempts(
      @Bind("subject") String subject, @Bind("fromMs") long fromMs, @Bind("untilMs") long untilMs);

  @SqlQuery(
      """
      INSERT INTO sign_in_attempt (subject, window_started_at_ms, attempts)
      VALUES (:subject, :nowMs, 1)
      ON CONFLICT (subject) DO UPDATE SET
        attempts = CASE
          WHEN sign_in_attempt.window_started_at_ms > :fromMs
            AND sign_in_attempt.window_started_at_ms < :untilMs
          THEN sign_in_attempt.attempts + 1 ELSE 1 END,
        window_started_at_ms = CASE
          WHEN sign_in_attempt.window_started_at_ms > :fromMs
            AND sign_in_attempt.window_started_at_ms < :untilMs
          THEN sign_in_attempt.window_started_at_ms ELSE :nowMs END
      RETURNING attempts
      """)
  int countAttempt(
      @Bind("subject") String subject,
      @Bind("nowMs") long nowMs,
      @Bind("fromMs") long fromMs,
      @Bind("untilMs") long untilMs);

  @SqlUpdate(
      "UPDATE sign_in_attempt SET attempts = attempts - 1 WHERE subject = :subject AND attempts > 0")
  int uncountAttempt(@Bind("subject") String subject);

  @SqlUpdate(
      """
      DELETE FROM sign_in_attempt
      WHERE window_started_at_ms <= :fromMs OR window_started_at_ms >= :untilMs
      """)
  int deleteOldAttempts(@Bind("fromMs") long fromMs, @Bind("untilMs") long untilMs);
}
