package io.omnirun.core;

import io.omnirun.core.ports.AccountStore;
import io.omnirun.core.ports.FirstKeyKeeper;
import io.omnirun.core.ports.StoredToken;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.time.Clock;

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

  /** Makes an account that may run so many sandboxes at a time, with the usual other limits. */
  public NewAccount create(String name, int maxConcurrentSandboxes) {
    return create(name, maxConcurrentSandboxes, Account.DEFAULT_MAX_PAUSED_SANDBOXES);
  }

  /**
   * Makes an account.
   *
   * @param maxConcurrentSandboxes how many it may run at a time; 0: none
   * @param maxPausedSandboxes how many it may have paused at a time; 0: none
   * @throws OmniRunException CONFIGURATION_INVALID if a limit is negative
   */
  public NewAccount create(String name, int maxConcurrentSandboxes, int maxPausedSandboxes) {
    if (maxConcurrentSandboxes < 0 || maxPausedSandboxes < 0) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID, "a limit of sandboxes cannot be negative");
    }
    return insert(
        new Account(AccountId.random(), name, maxConcurrentSandboxes, maxPausedSandboxes),
        ApiTokens.random());
  }

  /**
   * On the very first start makes the account that the operator begins with; later nothing. Its key
   * is kept before the account exists: a start that was cut off in between is repeated with the key
   * that it left, and no account has a key that nobody knows.
   *
   * @throws OmniRunException CONFIGURATION_INVALID if what is kept already is no API key
   */
  public void createFirst(FirstKeyKeeper keeper) {
    if (store.hasAccounts()) {
      return;
    }
    String apiKey = keeper.keep(ApiTokens.random());
    if (!ApiTokens.isWellFormed(apiKey)) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID,
          "what is kept as the first account's API key is none: remove it, then start again");
    }
    insert(
        new Account(AccountId.random(), "first", Account.DEFAULT_MAX_CONCURRENT_SANDBOXES), apiKey);
  }

  private NewAccount insert(Account account, String apiKey) {
    StoredToken token =
        new StoredToken(ApiTokens.randomTokenId(), account.name(), ApiTokens.sha256(apiKey));
    store.insertAccount(account, token, clock.instant());
    return new NewAccount(account, apiKey);
  }
}
