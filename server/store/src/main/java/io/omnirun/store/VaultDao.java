package io.omnirun.store;

import io.omnirun.core.ports.MasterKeyRecord;
import io.omnirun.core.ports.SealedCredential;
import io.omnirun.core.ports.StoredVault;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.sqlobject.customizer.Bind;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlBatch;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;

/** The statements about vaults. Those that write answer how many rows they found. */
interface VaultDao extends AuditDao {
  /**
   * Holds the master key as it is until the transaction ends, by an update that changes nothing.
   */
  @SqlUpdate("UPDATE vault_master_key SET master_key = master_key WHERE master_key = :masterKey")
  int lockMasterKey(@Bind("masterKey") String masterKey);

  @SqlUpdate(
      """
      INSERT INTO vault (
        account_id, vault_id, master_key, wrapped_key, last_version, created_at_ms)
      VALUES (:accountId, :vaultId, :masterKey, :wrappedKey, 0, :nowMs)
      ON CONFLICT (account_id) DO NOTHING
      """)
  int insert(@BindMethods VaultRow row, @Bind("nowMs") long nowMs);

  @SqlQuery("SELECT * FROM vault WHERE account_id = :accountId")
  Optional<StoredVault> find(@Bind("accountId") String accountId);

  /** Also locks the vault's row until the transaction ends. */
  @SqlUpdate("UPDATE vault SET last_version = last_version + 1 WHERE account_id = :accountId")
  int countVersion(@Bind("accountId") String accountId);

  @SqlQuery("SELECT last_version FROM vault WHERE account_id = :accountId")
  long lastVersion(@Bind("accountId") String accountId);

  @SqlBatch(
      """
      INSERT INTO vault_credential (
        account_id, name, version, size_bytes, sealed_value, updated_at_ms)
      VALUES (:accountId, :name, :version, :bytes, :sealed, :nowMs)
      ON CONFLICT (account_id, name) DO UPDATE
      SET version = excluded.version, size_bytes = excluded.size_bytes,
        sealed_value = excluded.sealed_value, updated_at_ms = excluded.updated_at_ms
      """)
  int[] put(
      @Bind("accountId") String accountId,
      @BindMethods List<SealedCredential> credentials,
      @Bind("nowMs") long nowMs);

  @SqlQuery("SELECT COUNT(*) FROM vault_credential WHERE account_id = :accountId")
  int count(@Bind("accountId") String accountId);

  @SqlQuery(
      "SELECT COALESCE(SUM(size_bytes), 0) FROM vault_credential WHERE account_id = :accountId")
  long bytes(@Bind("accountId") String accountId);

  @SqlQuery("SELECT name FROM vault_credential WHERE account_id = :accountId")
  List<String> names(@Bind("accountId") String accountId);

  @SqlUpdate("DELETE FROM vault_credential WHERE account_id = :accountId AND name = :name")
  int delete(@Bind("accountId") String accountId, @Bind("name") String name);

  @SqlQuery(
      """
      SELECT name, version, size_bytes, sealed_value
      FROM vault_credential
      WHERE account_id = :accountId
      """)
  List<SealedCredential> credentials(@Bind("accountId") String accountId);

  @SqlQuery("SELECT EXISTS (SELECT 1 FROM vault)")
  boolean hasVaults();

  @SqlQuery("SELECT master_key, canary FROM vault_master_key")
  Optional<MasterKeyRecord> masterKey();

  @SqlUpdate(
      """
      INSERT INTO vault_master_key (only_one, master_key, canary)
      VALUES (1, :masterKey, :canary)
      ON CONFLICT (only_one) DO NOTHING
      """)
  int insertMasterKey(@Bind("masterKey") String masterKey, @Bind("canary") String canary);

  @SqlUpdate("UPDATE vault_master_key SET master_key = :masterKey, canary = :canary")
  int replaceMasterKey(@Bind("masterKey") String masterKey, @Bind("canary") String canary);

  /** Of all accounts: the master key is the server's. */
  @SqlQuery("SELECT * FROM vault WHERE master_key <> :masterKey ORDER BY account_id LIMIT :limit")
  List<StoredVault> wrappedByOthers(@Bind("masterKey") String masterKey, @Bind("limit") int limit);

  @SqlUpdate(
      """
      UPDATE vault
      SET master_key = :masterKey, wrapped_key = :wrappedKey
      WHERE account_id = :accountId AND wrapped_key = :oldWrappedKey
      """)
  int rewrap(
      @Bind("accountId") String accountId,
      @Bind("oldWrappedKey") String oldWrappedKey,
      @Bind("masterKey") String masterKey,
      @Bind("wrappedKey") String wrappedKey);
}
