package io.omnirun.core.ports;

import io.omnirun.model.AccountId;
import io.omnirun.model.ApiToken;
import io.omnirun.model.Caller;
import io.omnirun.model.TokenId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The tokens of accounts, by their hashes, durable. Another account's token looks exactly like a
 * missing one. Thread-safe; calls block for the database.
 */
public interface TokenStore {
  /**
   * Whose a token is.
   *
   * @param suspended whether the account may do nothing
   */
  record Credential(Caller caller, boolean suspended) {}

  /**
   * Inserts a token if the account has fewer than so many of its kind, in one atomic step.
   *
   * @throws io.omnirun.model.OmniRunException TOKEN_LIMIT if it has as many
   */
  void insert(AccountId account, StoredToken token, Instant createdAt, int maxOfKind);

  /** The same, but where there are as many the oldest of that kind goes. */
  void insertForOldest(AccountId account, StoredToken token, Instant createdAt, int maxOfKind);

  /** The owner of the token with that hash, unless its time is over. */
  Optional<Credential> find(String sha256, Instant now);

  /** The account's tokens, oldest first. */
  List<ApiToken> list(AccountId account);

  /** Removes a token; answers whether it was there. */
  boolean delete(AccountId account, TokenId id);

  /** Records that a token was used. */
  void markUsed(TokenId id, Instant now);

  /** Removes the tokens whose time is over, so that no clock that goes backwards revives them. */
  void deleteExpired(Instant now);
}
