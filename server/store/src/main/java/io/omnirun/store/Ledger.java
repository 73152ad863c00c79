package io.omnirun.store;

import io.omnirun.core.CurrentOrigin;
import io.omnirun.model.AccountId;
import io.omnirun.model.AuditAction;
import io.omnirun.model.AuditEntry;
import io.omnirun.model.AuditOutcome;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxState;
import java.time.Clock;
import java.util.Optional;

/**
 * Writes changes down in the transaction that makes them, so that there is neither a change without
 * its entry nor an entry without its change, and no sync of the disk more. Thread-safe.
 *
 * @param clock dates the entries
 */
record Ledger(Clock clock) {
  /** Writes a success down, by whoever this thread acts for. */
  void success(AuditDao dao, AccountId account, AuditAction action, String resource) {
    success(dao, account, action, resource, "");
  }

  /** The same with something to say to people, or nothing. */
  void success(
      AuditDao dao, AccountId account, AuditAction action, String resource, String detail) {
    AuditEntry plain = entry(account, action, resource, AuditOutcome.SUCCESS);
    dao.insertAudit(AuditRow.of(detail.isEmpty() ? plain : plain.withDetail(detail)));
  }

  /** Writes down what a change of a sandbox's state means, if it means anything. */
  void moved(
      AuditDao dao,
      AccountId account,
      SandboxId sandbox,
      SandboxState from,
      SandboxState to,
      Optional<String> detail) {
    AuditAction.of(from, to)
        .map(action -> entry(account, action, sandbox.value(), outcomeOf(to)))
        .map(entry -> detail.map(entry::withDetail).orElse(entry))
        .ifPresent(entry -> dao.insertAudit(AuditRow.of(entry)));
  }

  private static AuditOutcome outcomeOf(SandboxState to) {
    return to == SandboxState.FAILED ? AuditOutcome.FAILED : AuditOutcome.SUCCESS;
  }

  private AuditEntry entry(
      AccountId account, AuditAction action, String resource, AuditOutcome outcome) {
    return AuditEntry.of(clock.instant(), account, CurrentOrigin.get(), action, resource, outcome);
  }
}
