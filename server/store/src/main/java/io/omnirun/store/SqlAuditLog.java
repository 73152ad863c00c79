package io.omnirun.store;

import io.omnirun.core.ports.AuditLog;
import io.omnirun.core.ports.AuditQuery;
import io.omnirun.model.AuditEntry;
import io.omnirun.model.AuditId;
import java.time.Instant;
import java.util.List;

/** The audit in the table {@code audit_entry}. */
final class SqlAuditLog implements AuditLog {
  private final Daos<AuditDao> daos;

  SqlAuditLog(Daos<AuditDao> daos) {
    this.daos = daos;
  }

  @Override
  public void record(AuditEntry entry) {
    AuditRow row = AuditRow.of(entry);
    daos.write(dao -> dao.insertAudit(row));
  }

  @Override
  public List<AuditEntry> list(AuditQuery query) {
    AuditFilter filter = AuditFilter.of(query);
    return daos.read(
        dao ->
            query.account().isPresent() ? dao.listAuditOfAccount(filter) : dao.listAudit(filter));
  }

  @Override
  public int prune(Instant before, int limit) {
    String first = AuditId.lowestAt(before).value();
    return daos.write(dao -> dao.pruneAudit(first, limit));
  }
}
