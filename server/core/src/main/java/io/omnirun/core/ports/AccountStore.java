package io.omnirun.core.ports;

import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import java.time.Instant;
import java.util.Optional;

/**
 * Accounts and the hashes of their API tokens, durable. Thread-safe; calls block for the database.
 */
public interface AccountStore {
  /** Inserts an account. */
  void insertAccount(Account account, Instant createdAt);

  Optional<Account> findAccount(AccountId id);

  /** Whether any account exists: the first start makes one. */
  boolean hasAccounts();

  /**
   * Inserts a token of an account.
   *
   * @param tokenId names the token without being one
   * @param sha256 of the token's text, 64 hexadecimal digits; the text itself is never stored
   */
  void insertToken(
      AccountId account, String tokenId, String name, String sha256, Instant createdAt);

  /** The account that owns the token with that hash. */
  Optional<Account> findAccountByTokenHash(String sha256);
}
