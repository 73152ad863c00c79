package io.omnirun.core.ports;

import io.omnirun.model.AccountId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;

/**
 * Vaults with their credentials, sealed, durable: what a call has written is on disk when it
 * returns. Thread-safe; calls block for the database.
 */
public interface VaultStore {
  /** What became of the insertion of a vault. */
  enum Insertion {
    DONE,
    /** The account has one already. */
    EXISTS,
    /** The vault's key is wrapped by another master key than the present one. */
    OTHER_MASTER_KEY
  }

  /**
   * How much a vault may hold.
   *
   * @param bytes of all names and values together
   */
  record Limits(int credentials, int bytes) {}

  /** Inserts a vault, empty. */
  Insertion insert(StoredVault vault, Instant now);

  Optional<StoredVault> find(AccountId account);

  /**
   * Writes credentials, new ones and over old ones, all or none.
   *
   * @param sealing makes them for the version that they get; runs in the transaction
   * @return the version
   * @throws io.omnirun.model.OmniRunException VAULT_LIMIT if the vault would hold more than it may
   */
  long put(
      AccountId account, Limits limits, Instant now, LongFunction<List<SealedCredential>> sealing);

  /** The names of the account's credentials, in order. */
  List<String> names(AccountId account);

  /** Removes a credential; answers whether it was there. */
  boolean delete(AccountId account, String name);

  /** The account's credentials, by name. */
  List<SealedCredential> credentials(AccountId account);

  /** Whether any account has a vault. */
  boolean hasVaults();

  /** The master key that wraps new vaults; empty before the first server has chosen one. */
  Optional<MasterKeyRecord> masterKey();

  /** Names the master key that wraps new vaults; of several servers that do so first, one wins. */
  void setFirstMasterKey(MasterKeyRecord record);

  /** Names another master key, from now on. */
  void replaceMasterKey(MasterKeyRecord record);

  /** Some of the vaults whose keys are wrapped by other master keys than this. */
  List<StoredVault> wrappedByOthers(String masterKey, int limit);

  /** Gives a vault's key another wrapping if it still has this one; answers whether it did. */
  boolean rewrap(StoredVault vault, WrappedKey newKey);
}
