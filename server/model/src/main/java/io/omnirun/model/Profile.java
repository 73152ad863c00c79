package io.omnirun.model;

import java.time.Instant;
import java.util.Optional;

/**
 * An account with what concerns the person behind it.
 *
 * @param email where codes to sign in go; empty: nobody can sign in, only its keys work
 * @param administrator whether it administers this server
 * @param suspendedAt since when it may do nothing; empty: it may
 */
public record Profile(
    Account account,
    Optional<EmailAddress> email,
    boolean administrator,
    Instant createdAt,
    Optional<Instant> suspendedAt) {
  /** An ordinary account that only its keys open. */
  public static Profile of(Account account, Instant createdAt) {
    return new Profile(account, Optional.empty(), false, createdAt, Optional.empty());
  }
}
