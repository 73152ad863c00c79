package io.omnirun.core.ports;

import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.ResourceLimits;
import java.time.Instant;
import java.util.Optional;

/**
 * Accounts and the hashes of their API tokens, durable. Thread-safe; calls block for the database.
 */
public interface AccountStore {
  /** Inserts an account and its first token, in one atomic step. */
  void insertAccount(Account account, StoredToken firstToken, Instant createdAt);

  Optional<Account> findAccount(AccountId id);

  /** Whether any account exists: the first start makes one. */
  boolean hasAccounts();

  /** What an account's sandboxes may have together. */
  Optional<ResourceLimits> findResourceLimits(AccountId id);

  /** Sets them anew; what is running stays. False if there is no such account. */
  boolean setResourceLimits(AccountId id, ResourceLimits limits);

  /** Inserts another token of an account. */
  void insertToken(AccountId account, StoredToken token, Instant createdAt);

  /** The account that owns the token with that hash. */
  Optional<Account> findAccountByTokenHash(String sha256);
}
