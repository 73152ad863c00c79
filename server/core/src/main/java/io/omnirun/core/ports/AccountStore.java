package io.omnirun.core.ports;

import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.EmailAddress;
import io.omnirun.model.Profile;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Accounts, durable. Thread-safe; calls block for the database. */
public interface AccountStore {
  /**
   * Inserts an account with its first tokens, in one atomic step.
   *
   * @throws io.omnirun.model.OmniRunException EMAIL_TAKEN if another account has its address
   */
  void insertAccount(Profile profile, List<StoredToken> firstTokens);

  /** Inserts an ordinary account with its first token, in one atomic step. */
  default void insertAccount(Account account, StoredToken firstToken, Instant createdAt) {
    insertAccount(Profile.of(account, createdAt), List.of(firstToken));
  }

  Optional<Account> findAccount(AccountId id);

  /** The account with what concerns its person. */
  Optional<Profile> findProfile(AccountId id);

  /** The account whose person has that address. */
  Optional<Profile> findProfile(EmailAddress email);

  /** Whether any account exists: the first start makes one. */
  boolean hasAccounts();
}
