package io.omnirun.core;

import io.omnirun.core.ports.AccountStore;
import io.omnirun.core.ports.FirstKeyKeeper;
import io.omnirun.core.ports.StoredToken;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.AccountLimits;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Profile;
import io.omnirun.model.TokenId;
import java.time.Clock;
import java.util.List;
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

  /** The account with what concerns its person. */
  public Profile profile(Account account) {
    return store
        .findProfile(account.id())
        .orElseThrow(
            () ->
                new OmniRunException(ErrorCode.UNAUTHORIZED, "this account is not there any more"));
  }

  /** Makes an account that may run so many sandboxes at a time, with the usual other limits. */
  public NewAccount create(String name, int maxConcurrentSandboxes) {
    return create(new Account(AccountId.random(), name, maxConcurrentSandboxes));
  }

  /** Makes an account. */
  public NewAccount create(String name, AccountLimits limits) {
    return create(new Account(AccountId.random(), name, limits));
  }

  private NewAccount create(Account account) {
    return insert(account, false, Secrets.randomKey());
  }

  /**
   * On the very first start makes the administrator's account, which the operator begins with;
   * later nothing. Its key is kept before the account exists: a start that was cut off in between
   * is repeated with the key that it left, and no account has a key that nobody knows.
   *
   * @throws OmniRunException CONFIGURATION_INVALID if what is kept already is no API key
   */
  public void createFirst(FirstKeyKeeper keeper) {
    if (store.hasAccounts()) {
      return;
    }
    String apiKey = keeper.keep(Secrets.randomKey());
    if (!Secrets.isKey(apiKey)) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID,
          "what is kept as the first account's API key is none: remove it, then start again");
    }
    insert(new Account(AccountId.random(), "first", AccountLimits.DEFAULT), true, apiKey);
  }

  private NewAccount insert(Account account, boolean administrator, String apiKey) {
    Profile profile =
        new Profile(account, Optional.empty(), administrator, clock.instant(), Optional.empty());
    StoredToken token = new StoredToken(TokenId.random(), account.name(), Secrets.sha256(apiKey));
    store.insertAccount(profile, List.of(token));
    return new NewAccount(account, apiKey);
  }
}
