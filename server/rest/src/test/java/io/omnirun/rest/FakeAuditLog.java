package io.omnirun.rest;

import io.omnirun.core.ports.AuditLog;
import io.omnirun.core.ports.AuditQuery;
import io.omnirun.model.AuditEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The audit in memory. */
final class FakeAuditLog implements AuditLog {
  private final List<AuditEntry> entries = new ArrayList<>();

  @Override
  public synchronized void record(AuditEntry entry) {
    entries.add(entry);
  }

  /** Of all accounts. */
  synchronized List<AuditEntry> all() {
    return List.copyOf(entries);
  }

  @Override
  public synchronized List<AuditEntry> list(AuditQuery query) {
    return entries.stream()
        .filter(entry -> query.account().isEmpty() || entry.account().equals(query.account()))
        .filter(entry -> query.action().map(entry.action()::equals).orElse(true))
        .filter(entry -> query.resource().map(entry.resource()::equals).orElse(true))
        .filter(entry -> query.outcome().map(entry.outcome()::equals).orElse(true))
        .filter(entry -> query.since().map(since -> !entry.at().isBefore(since)).orElse(true))
        .filter(entry -> query.until().map(entry.at()::isBefore).orElse(true))
        .filter(entry -> query.olderThan().map(last -> entry.id().compareTo(last) < 0).orElse(true))
        .sorted(Comparator.comparing(AuditEntry::id).reversed())
        .limit(query.limit())
        .toList();
  }

  @Override
  public synchronized int prune(Instant before, int limit) {
    int count = entries.size();
    entries.removeIf(entry -> entry.at().isBefore(before));
    return count - entries.size();
  }
}
