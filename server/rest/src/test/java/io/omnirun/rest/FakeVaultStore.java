package io.omnirun.rest;

import io.omnirun.core.ports.MasterKeyRecord;
import io.omnirun.core.ports.SealedCredential;
import io.omnirun.core.ports.StoredVault;
import io.omnirun.core.ports.VaultStore;
import io.omnirun.core.ports.WrappedKey;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongFunction;

/** Vaults in memory. */
final class FakeVaultStore implements VaultStore {
  private final Map<AccountId, StoredVault> vaults = new HashMap<>();
  private final Map<AccountId, Map<String, SealedCredential>> credentials = new HashMap<>();
  private Optional<MasterKeyRecord> masterKey =
      Optional.of(new MasterKeyRecord(new WrappedKey("mk", "canary")));
  private long versions;

  @Override
  public synchronized Insertion insert(StoredVault vault, Instant now) {
    return vaults.putIfAbsent(vault.account(), vault) == null ? Insertion.DONE : Insertion.EXISTS;
  }

  @Override
  public synchronized Optional<StoredVault> find(AccountId account) {
    return Optional.ofNullable(vaults.get(account));
  }

  @Override
  public synchronized long put(
      AccountId account, Limits limits, Instant now, LongFunction<List<SealedCredential>> sealing) {
    Map<String, SealedCredential> changed = new TreeMap<>(of(account));
    long version = ++versions;
    sealing.apply(version).forEach(credential -> changed.put(credential.name(), credential));
    if (changed.size() > limits.credentials()
        || changed.values().stream().mapToLong(SealedCredential::bytes).sum() > limits.bytes()) {
      throw new OmniRunException(ErrorCode.VAULT_LIMIT, "too much");
    }
    credentials.put(account, changed);
    return version;
  }

  private Map<String, SealedCredential> of(AccountId account) {
    return credentials.getOrDefault(account, Map.of());
  }

  @Override
  public synchronized List<String> names(AccountId account) {
    return List.copyOf(new TreeMap<>(of(account)).keySet());
  }

  @Override
  public synchronized boolean delete(AccountId account, String name) {
    return credentials.containsKey(account) && of(account).remove(name) != null;
  }

  @Override
  public synchronized List<SealedCredential> credentials(AccountId account) {
    return List.copyOf(of(account).values());
  }

  @Override
  public synchronized boolean hasVaults() {
    return !vaults.isEmpty();
  }

  @Override
  public synchronized Optional<MasterKeyRecord> masterKey() {
    return masterKey;
  }

  @Override
  public synchronized void setFirstMasterKey(MasterKeyRecord record) {
    masterKey = masterKey.or(() -> Optional.of(record));
  }

  @Override
  public synchronized void replaceMasterKey(MasterKeyRecord record) {
    masterKey = Optional.of(record);
  }

  @Override
  public synchronized List<StoredVault> wrappedByOthers(String id, int limit) {
    return vaults.values().stream()
        .filter(vault -> !vault.key().masterKey().equals(id))
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized boolean rewrap(StoredVault vault, WrappedKey newKey) {
    return vaults.replace(
        vault.account(), vault, new StoredVault(vault.account(), vault.id(), newKey));
  }
}
