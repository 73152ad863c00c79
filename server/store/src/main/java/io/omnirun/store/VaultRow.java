package io.omnirun.store;

import io.omnirun.core.ports.StoredVault;

/** A row to insert into the table {@code vault}. Public for JDBI's reflection alone. */
public record VaultRow(String accountId, String vaultId, String masterKey, String wrappedKey) {
  static VaultRow of(StoredVault vault) {
    return new VaultRow(
        vault.account().value(), vault.id().value(), vault.key().masterKey(), vault.key().text());
  }
}
