package io.omnirun.core;

import io.omnirun.core.ports.RotatingKeyWrapper;
import io.omnirun.core.ports.StoredVault;
import io.omnirun.core.ports.VaultStore;
import io.omnirun.core.ports.WrappedKey;
import java.util.List;

/**
 * Changes the master key while servers run. Each step can be repeated: a rotation that was cut off
 * is finished by the next one. Servers keep both keys' vaults readable meanwhile, and none of them
 * makes a vault under the old key once the database names the new one.
 */
public final class MasterKeyRotation {
  /** Each vault is wrapped in a transaction of its own, so that nobody waits for all of them. */
  private static final int BATCH = 100;

  private final VaultStore store;
  private final RotatingKeyWrapper keys;
  private final MasterKeyGuard guard;

  public MasterKeyRotation(VaultStore store, RotatingKeyWrapper keys) {
    this.store = store;
    this.keys = keys;
    this.guard = new MasterKeyGuard(store, keys);
  }

  /**
   * What was done.
   *
   * @param masterKey the new one
   * @param vaults how many were wrapped anew by this call
   */
  public record Outcome(String masterKey, int vaults) {}

  /**
   * Makes a new master key, wraps all vaults with it, and forgets the old one.
   *
   * @throws io.omnirun.model.OmniRunException CONFIGURATION_INVALID if the present key is not the
   *     right one; VAULT_UNREADABLE if a vault does not open: the old key is kept then
   */
  public Outcome rotate() {
    guard.requireRightKey();
    String masterKey = keys.beginRotation();
    store.replaceMasterKey(guard.record(masterKey));
    int wrapped = 0;
    List<StoredVault> others = store.wrappedByOthers(masterKey, BATCH);
    while (!others.isEmpty()) {
      for (StoredVault vault : others) {
        wrapped += rewrap(vault, masterKey) ? 1 : 0;
      }
      others = store.wrappedByOthers(masterKey, BATCH);
    }
    keys.endRotation(masterKey);
    return new Outcome(masterKey, wrapped);
  }

  private boolean rewrap(StoredVault vault, String masterKey) {
    String context = Vaults.keyContext(vault.account(), vault.id());
    WrappedKey newKey = keys.wrap(masterKey, keys.unwrap(vault.key(), context), context);
    return store.rewrap(vault, newKey);
  }
}
