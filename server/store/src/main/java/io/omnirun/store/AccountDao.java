package io.omnirun.store;

import io.omnirun.model.Account;
import io.omnirun.model.ResourceLimits;
import java.util.Optional;
import org.jdbi.v3.sqlobject.config.RegisterConstructorMapper;
import org.jdbi.v3.sqlobject.customizer.Bind;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;

/** The statements about accounts and their tokens. */
interface AccountDao {
  @SqlUpdate(
      """
      INSERT INTO account (
        account_id, name, max_concurrent_sandboxes, max_paused_sandboxes, created_at_ms)
      VALUES (:accountId, :name, :maxConcurrentSandboxes, :maxPausedSandboxes, :createdAtMs)
      """)
  int insertAccount(@BindMethods AccountRow row);

  @SqlQuery(
      """
      SELECT account_id, name, max_concurrent_sandboxes, max_paused_sandboxes, created_at_ms
      FROM account
      WHERE account_id = :accountId
      """)
  Optional<Account> findAccount(@Bind("accountId") String accountId);

  @SqlQuery(
      """
      SELECT max_vcpus, max_memory_mib, max_disk_mib
      FROM account
      WHERE account_id = :accountId
      """)
  @RegisterConstructorMapper(ResourceLimits.class)
  Optional<ResourceLimits> findResourceLimits(@Bind("accountId") String accountId);

  @SqlUpdate(
      """
      UPDATE account
      SET max_vcpus = :maxVcpus, max_memory_mib = :maxMemoryMib, max_disk_mib = :maxDiskMib
      WHERE account_id = :accountId
      """)
  int setResourceLimits(@Bind("accountId") String accountId, @BindMethods ResourceLimits limits);

  @SqlQuery("SELECT EXISTS (SELECT 1 FROM account)")
  boolean hasAccounts();

  @SqlUpdate(
      """
      INSERT INTO api_token (token_id, account_id, name, sha256, created_at_ms)
      VALUES (:tokenId, :accountId, :name, :sha256, :createdAtMs)
      """)
  int insertToken(@BindMethods TokenRow row);

  @SqlQuery(
      """
      SELECT
        account.account_id, account.name, max_concurrent_sandboxes, max_paused_sandboxes,
        account.created_at_ms
      FROM api_token
      JOIN account ON account.account_id = api_token.account_id
      WHERE sha256 = :sha256
      """)
  Optional<Account> findAccountByTokenHash(@Bind("sha256") String sha256);
}
