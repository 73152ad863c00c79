package io.omnirun.core;

import io.omnirun.core.ports.AccountStore;
import io.omnirun.core.ports.AdminStore;
import io.omnirun.core.ports.SecondFactorStore;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.AccountLimits;
import io.omnirun.model.EmailAddress;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Profile;
import java.time.Clock;
import java.util.List;
import java.util.Optional;

/**
 * What somebody on the host may do with accounts; also beside a running server, which finds out
 * within a second. Calls block for the database, and throw ACCOUNT_NOT_FOUND.
 */
public final class Administration {
  private final AccountStore accounts;
  private final AdminStore store;
  private final SecondFactorStore factors;
  private final Clock clock;

  public Administration(
      AccountStore accounts, AdminStore store, SecondFactorStore factors, Clock clock) {
    this.accounts = accounts;
    this.store = store;
    this.factors = factors;
    this.clock = clock;
  }

  /**
   * Makes an account for a mailbox: whoever reads its mail may sign in.
   *
   * @throws OmniRunException EMAIL_TAKEN
   */
  public Profile invite(EmailAddress email, String name, int maxConcurrentSandboxes) {
    Account account = new Account(AccountId.random(), name, maxConcurrentSandboxes);
    Profile invited =
        new Profile(account, Optional.of(email), false, clock.instant(), Optional.empty());
    accounts.insertAccount(invited, List.of());
    return invited;
  }

  /** All accounts, oldest first. */
  public List<Profile> list() {
    return store.listAccounts();
  }

  /**
   * @param text an account's id or e-mail address
   */
  public Profile find(String text) {
    return AccountId.parse(text)
        .flatMap(accounts::findProfile)
        .or(() -> EmailAddress.parse(text).flatMap(accounts::findProfile))
        .orElseThrow(Administration::notFound);
  }

  /**
   * Ends sessions and sign-ins now; a server that runs ends the sandboxes within a second or so.
   */
  public void suspend(AccountId account) {
    require(store.suspend(account, clock.instant()));
  }

  /** What was ended stays so; the account's keys are good again. */
  public void unsuspend(AccountId account) {
    require(store.unsuspend(account));
  }

  /** What runs over a new limit runs on. */
  public void setLimits(AccountId account, AccountLimits limits) {
    require(store.setLimits(account, limits));
  }

  /**
   * @throws OmniRunException EMAIL_TAKEN
   */
  public void setEmail(AccountId account, EmailAddress email) {
    require(store.setEmail(account, email));
  }

  public void setAdministrator(AccountId account, boolean administrator) {
    require(store.setAdministrator(account, administrator));
  }

  /** For somebody who has lost the app; answers whether there was one. */
  public boolean resetSecondFactor(AccountId account) {
    return factors.delete(account);
  }

  private static void require(boolean there) {
    if (!there) {
      throw notFound();
    }
  }

  private static OmniRunException notFound() {
    return new OmniRunException(
        ErrorCode.ACCOUNT_NOT_FOUND,
        "there is no account with that id or e-mail address; omnirun admin accounts lists them");
  }
}
