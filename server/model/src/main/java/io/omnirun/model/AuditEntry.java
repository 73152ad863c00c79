package io.omnirun.model;

import java.time.Instant;
import java.util.Optional;

/**
 * One line of the audit: who did what to which resource, from where, with the outcome. Holds no
 * secret.
 *
 * @param account whose it is; empty: nobody's, for the administrator alone
 * @param resource the id or name of what it was done to
 * @param detail for people
 */
public record AuditEntry(
    AuditId id,
    Instant at,
    Optional<AccountId> account,
    Origin origin,
    AuditAction action,
    String resource,
    AuditOutcome outcome,
    Optional<String> detail) {
  /** An account has seen the entry's text in an error: longer ones are cut. */
  public static final int MAX_DETAIL_LENGTH = 500;

  public AuditEntry {
    detail = detail.map(AuditEntry::cut);
  }

  private static String cut(String text) {
    return text.length() > MAX_DETAIL_LENGTH
        ? text.substring(0, text.offsetByCodePoints(0, text.codePointCount(0, MAX_DETAIL_LENGTH)))
            + "…"
        : text;
  }

  /** An entry of an account. */
  public static AuditEntry of(
      Instant at,
      AccountId account,
      Origin origin,
      AuditAction action,
      String resource,
      AuditOutcome outcome) {
    return new AuditEntry(
        AuditId.at(at),
        at,
        Optional.of(account),
        origin,
        action,
        resource,
        outcome,
        Optional.empty());
  }

  /** The same with something to say to people. */
  public AuditEntry withDetail(String text) {
    return new AuditEntry(id, at, account, origin, action, resource, outcome, Optional.of(text));
  }
}
