package io.omnirun.core;

import io.omnirun.core.ports.AccountStore;
import io.omnirun.model.Account;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.function.LongSupplier;

/**
 * Finds out who calls. Thread-safe; a call is at most one read of the database: its answer about a
 * token that it knows holds for {@link RecentTokens#KEPT}.
 */
public final class Authenticator {
  private final AccountStore accounts;
  private final LongSupplier nanoClock;
  private final RecentTokens recent;

  public Authenticator(AccountStore accounts) {
    this(accounts, System::nanoTime);
  }

  Authenticator(AccountStore accounts, LongSupplier nanoClock) {
    this.accounts = accounts;
    this.nanoClock = nanoClock;
    this.recent = new RecentTokens(nanoClock);
  }

  /**
   * The account that a token belongs to.
   *
   * @throws OmniRunException UNAUTHORIZED if nobody has that token
   */
  public Account authenticate(String token) {
    String sha256 = ApiTokens.sha256(token);
    return recent.find(sha256).orElseGet(() -> look(sha256));
  }

  private Account look(String sha256) {
    long now = nanoClock.getAsLong();
    Account account =
        accounts.findAccountByTokenHash(sha256).orElseThrow(Authenticator::unauthorized);
    recent.note(sha256, account, now);
    return account;
  }

  private static OmniRunException unauthorized() {
    return new OmniRunException(
        ErrorCode.UNAUTHORIZED,
        "this API key is not known; check the X-API-Key or Authorization: Bearer header");
  }
}
