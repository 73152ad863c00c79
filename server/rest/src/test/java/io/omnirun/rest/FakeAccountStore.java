package io.omnirun.rest;

import io.omnirun.core.ports.AccountStore;
import io.omnirun.core.ports.StoredToken;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.ResourceLimits;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Accounts in memory. */
final class FakeAccountStore implements AccountStore {
  private final Map<AccountId, Account> accounts = new ConcurrentHashMap<>();
  private final Map<String, AccountId> owners = new ConcurrentHashMap<>();

  @Override
  public Optional<ResourceLimits> findResourceLimits(AccountId id) {
    return findAccount(id).map(account -> ResourceLimits.DEFAULT);
  }

  @Override
  public boolean setResourceLimits(AccountId id, ResourceLimits limits) {
    throw new UnsupportedOperationException("nobody does here");
  }

  @Override
  public void insertAccount(Account account, StoredToken firstToken, Instant createdAt) {
    accounts.put(account.id(), account);
    insertToken(account.id(), firstToken, createdAt);
  }

  @Override
  public Optional<Account> findAccount(AccountId id) {
    return Optional.ofNullable(accounts.get(id));
  }

  @Override
  public boolean hasAccounts() {
    return !accounts.isEmpty();
  }

  @Override
  public void insertToken(AccountId account, StoredToken token, Instant createdAt) {
    owners.put(token.sha256(), account);
  }

  @Override
  public Optional<Account> findAccountByTokenHash(String sha256) {
    return Optional.ofNullable(owners.get(sha256)).flatMap(this::findAccount);
  }
}
