package io.omnirun.store;

import io.omnirun.core.ports.MasterKeyRecord;
import io.omnirun.core.ports.SealedCredential;
import io.omnirun.core.ports.StoredVault;
import io.omnirun.core.ports.VaultStore;
import io.omnirun.core.ports.WrappedKey;
import io.omnirun.model.AccountId;
import io.omnirun.model.AuditAction;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.stream.Collectors;

/** Vaults in the tables {@code vault}, {@code vault_credential} and {@code vault_master_key}. */
final class SqlVaultStore implements VaultStore {
  /** An entry of the audit is cut before it has shown more. */
  private static final int MAX_NAMED = 300;

  private final Daos<VaultDao> daos;
  private final Ledger ledger;

  SqlVaultStore(Daos<VaultDao> daos, Ledger ledger) {
    this.daos = daos;
    this.ledger = ledger;
  }

  @Override
  public Insertion insert(StoredVault vault, Instant now) {
    VaultRow row = VaultRow.of(vault);
    return daos.writeAtomically(
        dao -> {
          if (dao.lockMasterKey(row.masterKey()) == 0) {
            return Insertion.OTHER_MASTER_KEY;
          }
          if (dao.insert(row, now.toEpochMilli()) == 0) {
            return Insertion.EXISTS;
          }
          ledger.success(dao, vault.account(), AuditAction.VAULT_INIT, row.vaultId());
          return Insertion.DONE;
        });
  }

  @Override
  public Optional<StoredVault> find(AccountId account) {
    return daos.read(dao -> dao.find(account.value()));
  }

  @Override
  public long put(
      AccountId account, Limits limits, Instant now, LongFunction<List<SealedCredential>> sealing) {
    return daos.writeAtomically(
        dao -> {
          requireVault(dao.countVersion(account.value()));
          long version = dao.lastVersion(account.value());
          List<SealedCredential> credentials = sealing.apply(version);
          dao.put(account.value(), credentials, now.toEpochMilli());
          requireWithin(limits, dao.count(account.value()), dao.bytes(account.value()));
          ledger.success(
              dao, account, AuditAction.VAULT_STORE, "vault", detail(version, credentials));
          return version;
        });
  }

  private static String detail(long version, List<SealedCredential> credentials) {
    return credentials.stream()
        .limit(MAX_NAMED)
        .map(SealedCredential::name)
        .collect(
            Collectors.joining(
                ", ", "version %d of %,d: ".formatted(version, credentials.size()), ""));
  }

  private static void requireVault(int found) {
    if (found == 0) {
      throw new OmniRunException(ErrorCode.VAULT_UNREADABLE, "the account has no vault any more");
    }
  }

  private static void requireWithin(Limits limits, int credentials, long bytes) {
    if (credentials > limits.credentials() || bytes > limits.bytes()) {
      throw new OmniRunException(
          ErrorCode.VAULT_LIMIT,
          "a vault holds at most %,d credentials with %,d bytes of names and values together: delete some"
              .formatted(limits.credentials(), limits.bytes()));
    }
  }

  /** Sorted here: databases do not agree on the order of text. */
  @Override
  public List<String> names(AccountId account) {
    return daos.read(dao -> dao.names(account.value())).stream().sorted().toList();
  }

  @Override
  public boolean delete(AccountId account, String name) {
    return daos.writeAtomically(
        dao -> {
          boolean deleted = dao.delete(account.value(), name) == 1;
          if (deleted) {
            ledger.success(dao, account, AuditAction.VAULT_DELETE, name);
          }
          return deleted;
        });
  }

  @Override
  public List<SealedCredential> credentials(AccountId account) {
    return daos.read(dao -> dao.credentials(account.value()));
  }

  @Override
  public boolean hasVaults() {
    return daos.read(VaultDao::hasVaults);
  }

  @Override
  public Optional<MasterKeyRecord> masterKey() {
    return daos.read(VaultDao::masterKey);
  }

  @Override
  public void setFirstMasterKey(MasterKeyRecord record) {
    daos.write(dao -> dao.insertMasterKey(record.id(), record.canary().text()));
  }

  @Override
  public void replaceMasterKey(MasterKeyRecord record) {
    daos.write(dao -> dao.replaceMasterKey(record.id(), record.canary().text()));
  }

  @Override
  public List<StoredVault> wrappedByOthers(String masterKey, int limit) {
    return daos.read(dao -> dao.wrappedByOthers(masterKey, limit));
  }

  @Override
  public boolean rewrap(StoredVault vault, WrappedKey newKey) {
    int changed =
        daos.write(
            dao ->
                dao.rewrap(
                    vault.account().value(),
                    vault.key().text(),
                    newKey.masterKey(),
                    newKey.text()));
    return changed == 1;
  }
}
