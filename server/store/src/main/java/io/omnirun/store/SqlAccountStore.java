package io.omnirun.store;

import io.omnirun.core.ports.AccountStore;
import io.omnirun.core.ports.StoredToken;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.ResourceLimits;
import java.time.Instant;
import java.util.Optional;

/** Accounts in the tables {@code account} and {@code api_token}. */
final class SqlAccountStore implements AccountStore {
  private final Daos<AccountDao> daos;

  SqlAccountStore(Daos<AccountDao> daos) {
    this.daos = daos;
  }

  @Override
  public void insertAccount(Account account, StoredToken firstToken, Instant createdAt) {
    AccountRow accountRow = AccountRow.of(account, createdAt);
    TokenRow tokenRow = TokenRow.of(account.id(), firstToken, createdAt);
    daos.writeAtomically(dao -> dao.insertAccount(accountRow) + dao.insertToken(tokenRow));
  }

  @Override
  public Optional<Account> findAccount(AccountId id) {
    return daos.read(dao -> dao.findAccount(id.value()));
  }

  @Override
  public boolean hasAccounts() {
    return daos.read(AccountDao::hasAccounts);
  }

  @Override
  public Optional<ResourceLimits> findResourceLimits(AccountId id) {
    return daos.read(dao -> dao.findResourceLimits(id.value()));
  }

  @Override
  public boolean setResourceLimits(AccountId id, ResourceLimits limits) {
    return daos.write(dao -> dao.setResourceLimits(id.value(), limits)) == 1;
  }

  @Override
  public void insertToken(AccountId account, StoredToken token, Instant createdAt) {
    TokenRow row = TokenRow.of(account, token, createdAt);
    daos.write(dao -> dao.insertToken(row));
  }

  @Override
  public Optional<Account> findAccountByTokenHash(String sha256) {
    return daos.read(dao -> dao.findAccountByTokenHash(sha256));
  }
}
