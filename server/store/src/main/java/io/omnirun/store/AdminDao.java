package io.omnirun.store;

import io.omnirun.model.AccountLimits;
import io.omnirun.model.Profile;
import io.omnirun.model.Sandbox;
import java.util.List;
import org.jdbi.v3.sqlobject.customizer.Bind;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;

/** The statements of administrators. Those that write answer how many rows they found. */
interface AdminDao extends AuditDao {
  @SqlQuery("SELECT * FROM account ORDER BY created_at_ms, account_id")
  List<Profile> listAccounts();

  @SqlUpdate(
      """
      UPDATE account
      SET suspended_at_ms = COALESCE(suspended_at_ms, :nowMs)
      WHERE account_id = :accountId
      """)
  int suspend(@Bind("accountId") String accountId, @Bind("nowMs") long nowMs);

  @SqlUpdate("DELETE FROM api_token WHERE account_id = :accountId AND kind <> 'key'")
  int deleteSignIns(@Bind("accountId") String accountId);

  @SqlUpdate("DELETE FROM mfa_challenge WHERE account_id = :accountId")
  int deleteChallenges(@Bind("accountId") String accountId);

  @SqlUpdate("UPDATE account SET suspended_at_ms = NULL WHERE account_id = :accountId")
  int unsuspend(@Bind("accountId") String accountId);

  @SqlUpdate(
      """
      UPDATE account
      SET max_concurrent_sandboxes = :maxConcurrentSandboxes,
          max_paused_sandboxes = :maxPausedSandboxes, max_vcpus = :maxVcpus,
          max_memory_mib = :maxMemoryMib, max_disk_mib = :maxDiskMib,
          requests_per_second = :requestsPerSecond
      WHERE account_id = :accountId
      """)
  int setLimits(@Bind("accountId") String accountId, @BindMethods AccountLimits limits);

  @SqlQuery(
      "SELECT EXISTS (SELECT 1 FROM account WHERE email = :email AND account_id <> :accountId)")
  boolean isTaken(@Bind("accountId") String accountId, @Bind("email") String email);

  @SqlUpdate("UPDATE account SET email = :email WHERE account_id = :accountId")
  int setEmail(@Bind("accountId") String accountId, @Bind("email") String email);

  @SqlUpdate("UPDATE account SET administrator = :administrator WHERE account_id = :accountId")
  int setAdministrator(
      @Bind("accountId") String accountId, @Bind("administrator") int administrator);

  @SqlQuery(
      """
      SELECT sandbox.*
      FROM sandbox
      JOIN account ON account.account_id = sandbox.account_id
      WHERE node_id = :nodeId AND state IN ('running', 'pausing', 'paused', 'resuming')
        AND suspended_at_ms IS NOT NULL
      """)
  List<Sandbox> listSandboxesOfSuspended(@Bind("nodeId") String nodeId);
}
