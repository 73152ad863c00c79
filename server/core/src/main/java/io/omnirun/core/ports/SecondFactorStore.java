package io.omnirun.core.ports;

import io.omnirun.model.AccountId;
import java.time.Instant;
import java.util.Optional;

/**
 * Second factors and the sign-ins that wait for one; durable. Thread-safe; calls block for the
 * database.
 */
public interface SecondFactorStore {
  /**
   * An account's authenticator app.
   *
   * @param confirmed whether it has shown a right code once; before that it is not asked for
   * @param lastStep the latest step of time of which a code was used
   */
  record Factor(String sealedSecret, boolean confirmed, long lastStep) {}

  Optional<Factor> find(AccountId account);

  /**
   * Keeps a factor that is not confirmed, instead of one that never was; answers whether it did:
   * not if there is a confirmed one.
   */
  boolean enrol(AccountId account, String sealedSecret, Instant now);

  /** Confirms the factor with the first code's step; answers whether this call did. */
  boolean confirm(AccountId account, long step, Instant now);

  /** Uses a step up, and those before it; answers whether this call did. */
  boolean useStep(AccountId account, long step);

  /** Removes the factor and all that waits for it; answers whether there was one. */
  boolean delete(AccountId account);

  /** Keeps a sign-in that waits for its second factor, which may be tried so often. */
  void insertChallenge(
      String sha256, AccountId account, int tries, Instant createdAt, Instant expiresAt);

  /** Whose challenge it is; costs a try. Empty if its tries or its time are used up. */
  Optional<AccountId> tryChallenge(String sha256, Instant now);

  /** Takes a challenge away; of several calls at once one does. */
  boolean takeChallenge(String sha256);

  /** Removes challenges whose time is over. */
  void deleteExpired(Instant now);
}
