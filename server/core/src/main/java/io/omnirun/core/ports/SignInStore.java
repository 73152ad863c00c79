package io.omnirun.core.ports;

import io.omnirun.model.EmailAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Codes that were mailed, and how often they were tried; durable. A code counts from its creation
 * to its end: a clock that goes backwards gives none more time. Thread-safe; calls block for the
 * database.
 */
public interface SignInStore {
  /**
   * What is kept of a code and the link that came with it.
   *
   * @param codeHmac of the code, under a key that the database does not have
   * @param linkSha256 of the link's secret
   */
  record Code(
      EmailAddress email,
      String codeHmac,
      String linkSha256,
      Instant createdAt,
      Instant expiresAt) {}

  /** Keeps a code that may be tried so often; the address's earlier one is none any more. */
  void replaceCode(Code code, int tries);

  /**
   * Takes the address's code away if it is that one; any other costs a try. Of several calls at
   * once with the right one, one takes it.
   *
   * @return whether this call took it
   */
  boolean takeCode(EmailAddress email, String codeHmac, Instant now);

  /** Takes a code away by its link; of several calls at once one finds it. */
  Optional<EmailAddress> takeLink(String linkSha256, Instant now);

  /** For whom a link is; it stays good. */
  Optional<EmailAddress> findLink(String linkSha256, Instant now);

  /**
   * How often something was tried in the window that runs.
   *
   * @param window as long as a window lasts from its first try on
   */
  int attempts(String subject, Duration window, Instant now);

  /**
   * Counts a try, in one atomic step.
   *
   * @return how many there were in the window that runs, with this one
   */
  int countAttempt(String subject, Duration window, Instant now);

  /** Takes a counted try back. */
  void uncountAttempt(String subject);

  /** Removes codes whose time is over, and windows. */
  void deleteExpired(Duration window, Instant now);
}
