package io.omnirun.store;

import io.omnirun.model.Exposure;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.customizer.Bind;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;

/**
 * The statements about exposures, beside those about their sandboxes. Those that write answer how
 * many rows they found.
 */
interface ExposureDao extends SandboxDao {
  /**
   * With its sandbox's end as {@code Sandbox.end} has it; columns of both tables want their table.
   */
  String SELECT_EXPOSURE =
      """
      SELECT
        exposure.*,
        CASE
          WHEN auto_pause = 0 AND state NOT IN ('pausing', 'paused', 'resuming') THEN deadline_at_ms
        END AS sandbox_end_ms
      FROM exposure
      JOIN sandbox ON sandbox.sandbox_id = exposure.sandbox_id
      """;

  /** Holds the sandbox in its state until the transaction ends: 0 if it does not run. */
  @SqlUpdate(
      """
      UPDATE sandbox
      SET state = state
      WHERE account_id = :accountId AND sandbox_id = :sandboxId AND state = 'running'
      """)
  int lockRunning(@Bind("accountId") String accountId, @Bind("sandboxId") String sandboxId);

  @SqlQuery("SELECT COUNT(*) FROM exposure WHERE account_id = :accountId")
  int countKept(@Bind("accountId") String accountId);

  @SqlQuery(
      """
      SELECT COUNT(*)
      FROM exposure
      WHERE account_id = :accountId AND\s"""
          + OPEN)
  int countOpen(@Bind("accountId") String accountId, @Bind("nowMs") long nowMs);

  @SqlQuery(
      """
      SELECT COUNT(*)
      FROM exposure
      WHERE account_id = :accountId AND sandbox_id = :sandboxId
        AND\s"""
          + OPEN)
  int countOpenOf(
      @Bind("accountId") String accountId,
      @Bind("sandboxId") String sandboxId,
      @Bind("nowMs") long nowMs);

  /** An account takes a slug over from an exposure of its own that is over. */
  @SqlUpdate(
      """
      UPDATE exposure
      SET reserved_slug = NULL
      WHERE account_id = :accountId AND reserved_slug = :slug
        AND (status NOT IN ('pending', 'ready') OR own_end_ms <= :nowMs)
      """)
  int releaseSlug(
      @Bind("accountId") String accountId, @Bind("slug") String slug, @Bind("nowMs") long nowMs);

  /** 0 if the slug is reserved, be it by a transaction that was under way. */
  @SqlUpdate(
      """
      INSERT INTO exposure (
        exposure_id, account_id, sandbox_id, port, slug, reserved_slug, visibility, status,
        token_sha256, open_path, preserve_host, created_at_ms, created_by, own_end_ms, over_at_ms)
      VALUES (
        :exposureId, :accountId, :sandboxId, :port, :slug, :slug, :visibility, :status,
        :tokenSha256, :openPath, :preserveHost, :createdAtMs, :createdBy, :ownEndMs, :ownEndMs)
      ON CONFLICT (reserved_slug) DO NOTHING
      """)
  int insertExposure(@BindMethods ExposureRow row);

  @SqlQuery(
      SELECT_EXPOSURE
          + """
      WHERE exposure.account_id = :accountId AND exposure.sandbox_id = :sandboxId
        AND exposure_id = :exposureId
      """)
  Optional<Exposure> findExposure(
      @Bind("accountId") String accountId,
      @Bind("sandboxId") String sandboxId,
      @Bind("exposureId") String exposureId);

  @SqlQuery(
      SELECT_EXPOSURE
          + """
      WHERE exposure.account_id = :accountId AND exposure_id = :exposureId
      """)
  Optional<Exposure> findExposure(
      @Bind("accountId") String accountId, @Bind("exposureId") String exposureId);

  @SqlQuery(
      SELECT_EXPOSURE
          + """
      WHERE exposure.account_id = :accountId AND exposure.sandbox_id = :sandboxId
      ORDER BY created_at_ms DESC, exposure_id DESC
      LIMIT :limit
      """)
  List<Exposure> listExposures(
      @Bind("accountId") String accountId,
      @Bind("sandboxId") String sandboxId,
      @Bind("limit") int limit);

  @SqlUpdate(
      """
      UPDATE exposure
      SET own_end_ms = :ownEndMs, over_at_ms = :ownEndMs
      WHERE account_id = :accountId AND exposure_id = :exposureId
        AND\s"""
          + OPEN)
  int refresh(
      @Bind("accountId") String accountId,
      @Bind("exposureId") String exposureId,
      @Bind("ownEndMs") long ownEndMs,
      @Bind("nowMs") long nowMs);

  @SqlUpdate(
      """
      UPDATE exposure
      SET status = 'ready'
      WHERE account_id = :accountId AND exposure_id = :exposureId
        AND status = 'pending' AND own_end_ms > :nowMs
      """)
  int markReady(
      @Bind("accountId") String accountId,
      @Bind("exposureId") String exposureId,
      @Bind("nowMs") long nowMs);

  @SqlUpdate(
      """
      UPDATE exposure
      SET status = 'revoked', over_at_ms = :nowMs
      WHERE account_id = :accountId AND exposure_id = :exposureId
        AND\s"""
          + OPEN)
  int revoke(
      @Bind("accountId") String accountId,
      @Bind("exposureId") String exposureId,
      @Bind("nowMs") long nowMs);

  @SqlUpdate(
      """
      UPDATE exposure
      SET last_accessed_at_ms = :atMs
      WHERE account_id = :accountId AND exposure_id = :exposureId
      """)
  int markAccessed(
      @Bind("accountId") String accountId,
      @Bind("exposureId") String exposureId,
      @Bind("atMs") long atMs);

  /** Of whatever account: a host name says none. */
  @SqlQuery(SELECT_EXPOSURE + "WHERE reserved_slug = :slug")
  Optional<Exposure> findBySlug(@Bind("slug") String slug);

  /** Of whatever account: a host name says none. */
  @SqlQuery("SELECT state FROM sandbox WHERE sandbox_id = :sandboxId")
  Optional<String> sandboxState(@Bind("sandboxId") String sandboxId);

  /** Of all accounts: a node waits for whoever owns them. */
  @SqlQuery(
      SELECT_EXPOSURE
          + """
      WHERE node_id = :nodeId AND status = 'pending' AND own_end_ms > :nowMs
      """)
  List<Exposure> listPending(@Bind("nodeId") String nodeId, @Bind("nowMs") long nowMs);

  /** Of all accounts, as many as a transaction shall take. */
  @SqlUpdate(
      """
      DELETE FROM exposure
      WHERE exposure_id IN (
        SELECT exposure_id FROM exposure WHERE over_at_ms < :beforeMs LIMIT :limit)
      """)
  int prune(@Bind("beforeMs") long beforeMs, @Bind("limit") int limit);
}
