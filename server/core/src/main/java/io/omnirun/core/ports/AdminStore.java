package io.omnirun.core.ports;

import io.omnirun.model.AccountId;
import io.omnirun.model.AccountLimits;
import io.omnirun.model.EmailAddress;
import io.omnirun.model.NodeId;
import io.omnirun.model.Profile;
import io.omnirun.model.Sandbox;
import java.time.Instant;
import java.util.List;

/**
 * What administrators do with accounts, of all of them; durable. Calls that change an account
 * answer whether it is there. Thread-safe; calls block for the database.
 */
public interface AdminStore {
  /** All accounts, oldest first. */
  List<Profile> listAccounts();

  /**
   * Suspends an account and ends its sessions and sign-ins, in one atomic step; its keys open
   * nothing for so long. One that is suspended stays so.
   */
  boolean suspend(AccountId account, Instant now);

  /** Takes a suspension back; the account's keys are good again. */
  boolean unsuspend(AccountId account);

  /** What runs over a new limit stays. */
  boolean setLimits(AccountId account, AccountLimits limits);

  /**
   * @throws io.omnirun.model.OmniRunException EMAIL_TAKEN if another account has that address
   */
  boolean setEmail(AccountId account, EmailAddress email);

  boolean setAdministrator(AccountId account, boolean administrator);

  /** Sandboxes of suspended accounts that run on a node or are paused there. */
  List<Sandbox> listSandboxesOfSuspended(NodeId node);
}
