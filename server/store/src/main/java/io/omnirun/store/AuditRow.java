package io.omnirun.store;

import io.omnirun.model.AccountId;
import io.omnirun.model.AuditEntry;
import org.jspecify.annotations.Nullable;

/** A row to insert into the table {@code audit_entry}. Public for JDBI's reflection alone. */
public record AuditRow(
    String auditId,
    @Nullable String accountId,
    long atMs,
    String actor,
    @Nullable String address,
    String action,
    String resource,
    String outcome,
    @Nullable String detail) {

  static AuditRow of(AuditEntry entry) {
    return new AuditRow(
        entry.id().value(),
        entry.account().map(AccountId::value).orElse(null),
        entry.at().toEpochMilli(),
        entry.origin().actor(),
        entry.origin().address().orElse(null),
        entry.action().text(),
        entry.resource(),
        entry.outcome().text(),
        entry.detail().map(FailureReasons::storable).orElse(null));
  }
}
