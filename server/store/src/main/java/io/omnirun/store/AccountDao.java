package io.omnirun.store;

import io.omnirun.model.Account;
import io.omnirun.model.Profile;
import java.util.Optional;
import org.jdbi.v3.sqlobject.customizer.Bind;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;

/** The statements about accounts. */
interface AccountDao extends TokenInserts {
  /** Inserts nothing if another account has the e-mail address. */
  @SqlUpdate(
      """
      INSERT INTO account (
        account_id, name, max_concurrent_sandboxes, max_paused_sandboxes, max_vcpus,
        max_memory_mib, max_disk_mib, requests_per_second, created_at_ms, email, administrator)
      VALUES (
        :accountId, :name, :limits.maxConcurrentSandboxes, :limits.maxPausedSandboxes,
        :limits.maxVcpus, :limits.maxMemoryMib, :limits.maxDiskMib, :limits.requestsPerSecond,
        :createdAtMs, :email, :administrator)
      ON CONFLICT (email) DO NOTHING
      """)
  int insertAccount(@BindMethods AccountRow row);

  @SqlQuery("SELECT * FROM account WHERE account_id = :accountId")
  Optional<Account> findAccount(@Bind("accountId") String accountId);

  @SqlQuery("SELECT * FROM account WHERE account_id = :accountId")
  Optional<Profile> findProfile(@Bind("accountId") String accountId);

  @SqlQuery("SELECT * FROM account WHERE email = :email")
  Optional<Profile> findProfileByEmail(@Bind("email") String email);

  @SqlQuery("SELECT EXISTS (SELECT 1 FROM account)")
  boolean hasAccounts();
}
