package io.omnirun.store;

import io.omnirun.core.ports.AccountStore;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import java.time.Instant;
import java.util.Optional;

/** Accounts in the tables {@code account} and {@code api_token}. */
final class SqlAccountStore implements AccountStore {
  private final Daos<AccountDao> daos;

  SqlAccountStore(Daos<AccountDao> daos) {
    this.daos = daos;
  }

  @Override
  public void insertAccount(Account account, Instant createdAt) {
    daos.write(dao -> dao.insertAccount(AccountRow.of(account, createdAt)));
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
  public void insertToken(
      AccountId account, String tokenId, String name, String sha256, Instant createdAt) {
    TokenRow row = new TokenRow(tokenId, account.value(), name, sha256, createdAt.toEpochMilli());
    daos.write(dao -> dao.insertToken(row));
  }

  @Override
  public Optional<Account> findAccountByTokenHash(String sha256) {
    return daos.read(dao -> dao.findAccountByTokenHash(sha256));
  }
}
