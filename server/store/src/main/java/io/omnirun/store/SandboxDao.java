package io.omnirun.store;

import io.omnirun.model.Sandbox;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.customizer.Bind;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;
import org.jspecify.annotations.Nullable;

/** The statements about sandboxes. Those that write answer how many rows they found. */
interface SandboxDao extends OutboxDao, AccountLock {
  /** Of an exposure: it is not over. */
  String OPEN = "status IN ('pending', 'ready') AND own_end_ms > :nowMs";

  /** What else the account may have; paused sandboxes have a disk alone. */
  @SqlQuery(
      """
      SELECT
        max_concurrent_sandboxes - COALESCE(with_machine.sandboxes, 0) AS places,
        max_vcpus - COALESCE(with_machine.vcpus, 0) AS vcpus,
        max_memory_mib - COALESCE(with_machine.memory_mib, 0) AS memory_mib,
        max_disk_mib - COALESCE(with_disk.disk_mib, 0) AS disk_mib
      FROM account
      LEFT JOIN (
        SELECT account_id, COUNT(*) AS sandboxes, SUM(vcpus) AS vcpus, SUM(memory_mib) AS memory_mib
        FROM sandbox
        WHERE account_id = :accountId AND state IN ('creating', 'running', 'pausing', 'resuming')
        GROUP BY account_id) with_machine ON with_machine.account_id = account.account_id
      LEFT JOIN (
        SELECT account_id, SUM(disk_mib) AS disk_mib
        FROM sandbox
        WHERE account_id = :accountId
          AND state IN ('creating', 'running', 'pausing', 'paused', 'resuming')
        GROUP BY account_id) with_disk ON with_disk.account_id = account.account_id
      WHERE account.account_id = :accountId
      """)
  @RegisterConstructorMapper(Room.class)
  Room room(@Bind("accountId") String accountId);

  /** How many more sandboxes the account may have paused; below 0 after a cut. */
  @SqlQuery(
      """
      SELECT max_paused_sandboxes - (
        SELECT COUNT(*)
        FROM sandbox
        WHERE account_id = :accountId AND state IN ('pausing', 'paused', 'resuming'))
      FROM account
      WHERE account_id = :accountId
      """)
  long countFreePausedPlaces(@Bind("accountId") String accountId);

  @SqlUpdate(
      """
      UPDATE sandbox
      SET state = 'pausing'
      WHERE account_id = :accountId AND sandbox_id = :sandboxId AND state = 'running'
        AND deadline_at_ms <= :nowMs
      """)
  int beginExpiryPause(
      @Bind("accountId") String accountId,
      @Bind("sandboxId") String sandboxId,
      @Bind("nowMs") long nowMs);

  /** A paused sandbox has no deadline. */
  @SqlUpdate(
      """
      UPDATE sandbox
      SET state = 'paused', deadline_at_ms = NULL
      WHERE account_id = :accountId AND sandbox_id = :sandboxId AND state = 'pausing'
      """)
  int endPause(@Bind("accountId") String accountId, @Bind("sandboxId") String sandboxId);

  @SqlUpdate(
      """
      UPDATE sandbox
      SET state = 'running', machine_id = :machineId, deadline_at_ms = :deadlineAtMs
      WHERE account_id = :accountId AND sandbox_id = :sandboxId AND state = 'resuming'
      """)
  int endResume(
      @Bind("accountId") String accountId,
      @Bind("sandboxId") String sandboxId,
      @Bind("machineId") String machineId,
      @Bind("deadlineAtMs") @Nullable Long deadlineAtMs);

  @SqlUpdate(
      """
      INSERT INTO sandbox (
        sandbox_id, account_id, node_id, template, state, vcpus, memory_mib, disk_mib, machine_id, metadata,
        started_at_ms, deadline_at_ms, ended_at_ms, failure_reason,
        timeout_s, auto_pause, secure, mask_request_host, vault_inject, network, llm, vmm, accelerator)
      VALUES (
        :sandboxId, :accountId, :nodeId, :template, :state, :vcpus, :memoryMib, :diskMib, :machineId,
        :metadata, :startedAtMs, :deadlineAtMs, :endedAtMs, :failureReason,
        :timeoutS, :autoPause, :secure, :maskRequestHost, :vaultInject, :network, :llm, :vmm, :accelerator)
      """)
  int insert(@BindMethods SandboxRow row);

  @SqlUpdate(
      """
      UPDATE sandbox
      SET machine_id = :machineId
      WHERE account_id = :accountId AND sandbox_id = :sandboxId AND state = 'creating'
      """)
  int replaceMachine(
      @Bind("accountId") String accountId,
      @Bind("sandboxId") String sandboxId,
      @Bind("machineId") String machineId);

  @SqlUpdate(
      """
      UPDATE sandbox
      SET state = :to
      WHERE account_id = :accountId AND sandbox_id = :sandboxId AND state = :from
      """)
  int transition(
      @Bind("accountId") String accountId,
      @Bind("sandboxId") String sandboxId,
      @Bind("from") String from,
      @Bind("to") String to);

  @SqlUpdate(
      """
      UPDATE sandbox
      SET state = 'killing', end_reason = :reason
      WHERE account_id = :accountId AND sandbox_id = :sandboxId AND state = :from
      """)
  int beginKilling(
      @Bind("accountId") String accountId,
      @Bind("sandboxId") String sandboxId,
      @Bind("from") String from,
      @Bind("reason") String reason);

  @SqlUpdate(
      """
      UPDATE sandbox
      SET state = 'killing', end_reason = 'timeout'
      WHERE account_id = :accountId AND sandbox_id = :sandboxId AND state = :from
        AND deadline_at_ms <= :nowMs
      """)
  int beginExpiry(
      @Bind("accountId") String accountId,
      @Bind("sandboxId") String sandboxId,
      @Bind("from") String from,
      @Bind("nowMs") long nowMs);

  @SqlUpdate(
      """
      UPDATE sandbox
      SET timeout_s = :timeoutS, deadline_at_ms = :deadlineAtMs
      WHERE account_id = :accountId AND sandbox_id = :sandboxId AND state = :state
      """)
  int setTimeout(
      @Bind("accountId") String accountId,
      @Bind("sandboxId") String sandboxId,
      @Bind("state") String state,
      @Bind("timeoutS") long timeoutS,
      @Bind("deadlineAtMs") @Nullable Long deadlineAtMs);

  @SqlUpdate(
      """
      UPDATE sandbox
      SET network = :network
      WHERE account_id = :accountId AND sandbox_id = :sandboxId AND state = 'running'
      """)
  int setNetwork(
      @Bind("accountId") String accountId,
      @Bind("sandboxId") String sandboxId,
      @Bind("network") @Nullable String network);

  @SqlUpdate(
      """
      UPDATE sandbox
      SET llm_spent = 1
      WHERE account_id = :accountId AND sandbox_id = :sandboxId AND llm_spent = 0
      """)
  int markLlmSpent(@Bind("accountId") String accountId, @Bind("sandboxId") String sandboxId);

  /** A failure of null keeps the one that is there; the first end and its reason stay. */
  @SqlUpdate(
      """
      UPDATE sandbox
      SET state = :to,
          ended_at_ms = COALESCE(ended_at_ms, :endedAtMs),
          end_reason = COALESCE(end_reason, :endReason),
          failure_reason = COALESCE(:failureReason, failure_reason)
      WHERE account_id = :accountId AND sandbox_id = :sandboxId AND state = :from
      """)
  int finish(
      @Bind("accountId") String accountId,
      @Bind("sandboxId") String sandboxId,
      @Bind("from") String from,
      @Bind("to") String to,
      @Bind("endedAtMs") long endedAtMs,
      @Bind("endReason") String endReason,
      @Bind("failureReason") @Nullable String failureReason);

  /** Those whose time had passed before have ended by that. */
  @SqlUpdate(
      """
      UPDATE exposure
      SET status = 'sandbox_stopped', over_at_ms = :nowMs
      WHERE account_id = :accountId AND sandbox_id = :sandboxId
        AND\s"""
          + OPEN)
  int stopExposures(
      @Bind("accountId") String accountId,
      @Bind("sandboxId") String sandboxId,
      @Bind("nowMs") long nowMs);

  @SqlQuery(
      """
      SELECT *
      FROM sandbox
      WHERE account_id = :accountId AND sandbox_id = :sandboxId
      """)
  Optional<Sandbox> find(@Bind("accountId") String accountId, @Bind("sandboxId") String sandboxId);

  /** Whether it was made with the credentials of its owner's vault. */
  @SqlQuery(
      """
      SELECT EXISTS (
        SELECT 1
        FROM sandbox
        WHERE account_id = :accountId AND sandbox_id = :sandboxId AND vault_inject <> 0)
      """)
  boolean hasCredentials(@Bind("accountId") String accountId, @Bind("sandboxId") String sandboxId);

  @SqlQuery(
      """
      SELECT *
      FROM sandbox
      WHERE account_id = :accountId AND state IN ('running', 'pausing', 'paused', 'resuming')
      ORDER BY started_at_ms, sandbox_id
      """)
  List<Sandbox> listLive(@Bind("accountId") String accountId);

  /** Only what has ended has an end; the order is the index's, read backwards. */
  @SqlQuery(
      """
      SELECT *
      FROM sandbox
      WHERE account_id = :accountId AND ended_at_ms IS NOT NULL
      ORDER BY ended_at_ms DESC, sandbox_id DESC
      LIMIT :limit OFFSET :offset
      """)
  List<Sandbox> listEnded(
      @Bind("accountId") String accountId, @Bind("limit") int limit, @Bind("offset") int offset);

  /** Of all accounts: a node cleans up whoever owns it. */
  @SqlQuery(
      """
      SELECT *
      FROM sandbox
      WHERE node_id = :nodeId
        AND state IN ('creating', 'running', 'pausing', 'paused', 'resuming', 'killing')
      ORDER BY started_at_ms, sandbox_id
      """)
  List<Sandbox> listUnfinished(@Bind("nodeId") String nodeId);
}
