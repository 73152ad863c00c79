package io.omnirun.core.ports;

import io.omnirun.model.AccountId;
import io.omnirun.model.AuditAction;
import io.omnirun.model.AuditId;
import io.omnirun.model.AuditOutcome;
import java.time.Instant;
import java.util.Optional;

/**
 * Which entries of the audit; what is empty is not asked for.
 *
 * @param account whose; empty: everybody's, for the administrator
 * @param since from then on
 * @param until before then
 * @param olderThan behind this one in the list
 * @param limit so many at most
 */
public record AuditQuery(
    Optional<AccountId> account,
    Optional<AuditAction> action,
    Optional<String> resource,
    Optional<AuditOutcome> outcome,
    Optional<Instant> since,
    Optional<Instant> until,
    Optional<AuditId> olderThan,
    int limit) {
  /** Everything there is, so many entries at most. */
  public static AuditQuery newest(int limit) {
    return new AuditQuery(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        limit);
  }

  /** The same of an account alone. */
  public AuditQuery of(AccountId owner) {
    return new AuditQuery(
        Optional.of(owner), action, resource, outcome, since, until, olderThan, limit);
  }

  /** The same from a moment on. */
  public AuditQuery from(Instant moment) {
    return new AuditQuery(
        account, action, resource, outcome, Optional.of(moment), until, olderThan, limit);
  }

  /** The same behind an entry. */
  public AuditQuery olderThan(AuditId last) {
    return new AuditQuery(
        account, action, resource, outcome, since, until, Optional.of(last), limit);
  }

  /** The same with another limit. */
  public AuditQuery withLimit(int newLimit) {
    return new AuditQuery(account, action, resource, outcome, since, until, olderThan, newLimit);
  }
}
