package io.omnirun.core;

import io.omnirun.core.ports.AccountStore;
import io.omnirun.model.Account;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;

/** Finds out who calls. Thread-safe; a call is one read of the database. */
public final class Authenticator {
  private final AccountStore accounts;

  public Authenticator(AccountStore accounts) {
    this.accounts = accounts;
  }

  /**
   * The account that a token belongs to.
   *
   * @throws OmniRunException UNAUTHORIZED if nobody has that token
   */
  public Account authenticate(String token) {
    return accounts
        .findAccountByTokenHash(ApiTokens.sha256(token))
        .orElseThrow(
            () ->
                new OmniRunException(
                    ErrorCode.UNAUTHORIZED,
                    "this API key is not known; check the X-API-Key or Authorization: Bearer header"));
  }
}
