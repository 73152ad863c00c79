package io.omnirun.core;

import io.omnirun.core.ports.Credentials;
import io.omnirun.core.ports.KeyWrapper;
import io.omnirun.core.ports.SealedCredential;
import io.omnirun.core.ports.StoredVault;
import io.omnirun.core.ports.VaultCipher;
import io.omnirun.core.ports.VaultStore;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.VaultId;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The vaults of accounts: credentials that are stored encrypted and given to sandboxes, and to
 * nobody else. Thread-safe; calls block for the database. No message of it holds a value.
 */
public final class Vaults implements Credentials {
  /** Linux takes 128 KiB for one variable; half of it leaves room for what is built from it. */
  public static final int MAX_VALUE_BYTES = 64 * 1024;

  /** Linux takes about 2 MiB for all variables and arguments of a program. */
  public static final int MAX_BYTES = 1024 * 1024;

  /** Each costs every process of a sandbox some microseconds as it starts. */
  public static final int MAX_CREDENTIALS = 4_096;

  /** The master key is changed once in months: a second try finds the new one. */
  private static final int MAX_ATTEMPTS = 3;

  private final VaultStore store;
  private final VaultCipher cipher;
  private final KeyWrapper wrapper;
  private final Audit audit;
  private final Clock clock;

  /** To be used after {@link MasterKeyGuard#requireRightKey}. */
  public Vaults(
      VaultStore store, VaultCipher cipher, KeyWrapper wrapper, Audit audit, Clock clock) {
    this.store = store;
    this.cipher = cipher;
    this.wrapper = wrapper;
    this.audit = audit;
    this.clock = clock;
  }

  /**
   * Makes the account's vault.
   *
   * @throws OmniRunException VAULT_EXISTS if it has one
   */
  public VaultId init(Account account) {
    return insert(account.id())
        .orElseThrow(
            () ->
                new OmniRunException(
                    ErrorCode.VAULT_EXISTS,
                    "the account has a vault already; POST /vault/credentials fills it"))
        .id();
  }

  /** Makes the account's vault if it has none: what a first sign-in does. Idempotent. */
  public void ensure(AccountId account) {
    vaultOf(account);
  }

  /**
   * Stores credentials, all or none; one of a name that is there takes its place as a new version.
   * An account without a vault gets one.
   *
   * @param values by name
   * @return the version that these credentials have
   * @throws OmniRunException INVALID_REQUEST for a name or value that cannot be one; VAULT_LIMIT
   */
  public long put(Account account, Map<String, String> values) {
    if (values.isEmpty()) {
      throw invalid("there is no credential to store");
    }
    values.forEach(Vaults::check);
    StoredVault vault = vaultOf(account.id());
    VaultCipher.Box box = box(vault);
    return store.put(
        account.id(),
        new VaultStore.Limits(MAX_CREDENTIALS, MAX_BYTES),
        clock.instant(),
        version -> seal(vault, box, version, values));
  }

  private static List<SealedCredential> seal(
      StoredVault vault, VaultCipher.Box box, long version, Map<String, String> values) {
    return values.entrySet().stream()
        .map(
            entry ->
                new SealedCredential(
                    entry.getKey(),
                    version,
                    entry.getKey().length() + bytes(entry.getValue()),
                    box.seal(entry.getValue(), context(vault, entry.getKey(), version))))
        .toList();
  }

  private static void check(String name, String value) {
    CredentialNames.check(name);
    if (value.indexOf('\0') >= 0) {
      throw invalid("the value of %s must not hold a NUL character".formatted(name));
    }
    if (value.length() > MAX_VALUE_BYTES || bytes(value) > MAX_VALUE_BYTES) {
      throw invalid("the value of %s has more than %,d bytes".formatted(name, MAX_VALUE_BYTES));
    }
  }

  private static OmniRunException invalid(String message) {
    return new OmniRunException(ErrorCode.INVALID_REQUEST, message);
  }

  private static int bytes(String value) {
    return value.getBytes(StandardCharsets.UTF_8).length;
  }

  /** The names of the account's credentials, in order. */
  public List<String> names(Account account) {
    List<String> names = store.names(account.id());
    audit.credentialsListed(account.id());
    return names;
  }

  /**
   * Removes a credential; sandboxes that have it keep it.
   *
   * @throws OmniRunException CREDENTIAL_NOT_FOUND
   */
  public void delete(Account account, String name) {
    if (!CredentialNames.isWellFormed(name) || !store.delete(account.id(), name)) {
      throw new OmniRunException(
          ErrorCode.CREDENTIAL_NOT_FOUND,
          "the vault has no credential of that name; GET /vault/credentials lists them");
    }
  }

  @Override
  public Map<String, String> of(AccountId account) {
    return store.find(account).map(this::open).orElse(Map.of());
  }

  private Map<String, String> open(StoredVault vault) {
    VaultCipher.Box box = box(vault);
    Map<String, String> opened = new HashMap<>();
    for (SealedCredential sealed : store.credentials(vault.account())) {
      opened.put(
          sealed.name(),
          box.open(sealed.sealed(), context(vault, sealed.name(), sealed.version())));
    }
    return opened;
  }

  private StoredVault vaultOf(AccountId account) {
    return store
        .find(account)
        .or(() -> insert(account))
        .or(() -> store.find(account))
        .orElseThrow(() -> unreadable("the vault was made and is not there"));
  }

  /** Empty if the account has a vault already. */
  private Optional<StoredVault> insert(AccountId account) {
    VaultId id = VaultId.random();
    byte[] key = cipher.newKey();
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      String masterKey =
          store.masterKey().orElseThrow(() -> unreadable("there is no master key")).id();
      StoredVault vault =
          new StoredVault(account, id, wrapper.wrap(masterKey, key, keyContext(account, id)));
      switch (store.insert(vault, clock.instant())) {
        case DONE -> {
          return Optional.of(vault);
        }
        case EXISTS -> {
          return Optional.empty();
        }
        case OTHER_MASTER_KEY -> {}
      }
    }
    throw unreadable("the vault's master key is being changed: try again");
  }

  private VaultCipher.Box box(StoredVault vault) {
    return cipher.with(wrapper.unwrap(vault.key(), keyContext(vault.account(), vault.id())));
  }

  private static OmniRunException unreadable(String message) {
    return new OmniRunException(ErrorCode.VAULT_UNREADABLE, message);
  }

  /** To what a vault's key is bound. No part can hold the separator. */
  static String keyContext(AccountId account, VaultId vault) {
    return "omnirun vault key 1/" + account + "/" + vault;
  }

  private static String context(StoredVault vault, String name, long version) {
    return "omnirun vault credential 1/%s/%s/%s/%d"
        .formatted(vault.account(), vault.id(), name, version);
  }
}
