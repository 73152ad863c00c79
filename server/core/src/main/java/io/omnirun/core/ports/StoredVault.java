package io.omnirun.core.ports;

import io.omnirun.model.AccountId;
import io.omnirun.model.VaultId;

/**
 * An account's vault as it is stored.
 *
 * @param key its key, under the master key
 */
public record StoredVault(AccountId account, VaultId id, WrappedKey key) {}
