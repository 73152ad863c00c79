package io.omnirun.core;

import io.omnirun.core.ports.AccountStore;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;

/** Makes accounts with their first API key. Thread-safe. */
public final class Accounts {
  private final AccountStore store;
  private final Clock clock;

  public Accounts(AccountStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  /** A new account and its key, whose text is shown this once. */
  public record NewAccount(Account account, String apiKey) {}

  /** Makes an account that may run so many sandboxes at a time. */
  public NewAccount create(String name, int maxConcurrentSandboxes) {
    Account account = new Account(AccountId.random(), name, maxConcurrentSandboxes);
    Instant now = clock.instant();
    String apiKey = ApiTokens.random();
    store.insertAccount(account, now);
    store.insertToken(account.id(), ApiTokens.randomTokenId(), name, ApiTokens.sha256(apiKey), now);
    return new NewAccount(account, apiKey);
  }

  /** On the very first start makes the account that the operator begins with; later nothing. */
  public Optional<NewAccount> createFirst() {
    return store.hasAccounts()
        ? Optional.empty()
        : Optional.of(create("first", Account.DEFAULT_MAX_CONCURRENT_SANDBOXES));
  }
}
