package io.omnirun.core.ports;

import io.omnirun.model.AuditEntry;
import java.time.Instant;
import java.util.List;

/**
 * The audit, durable and append-only. Stores write what they change down in the transaction of the
 * change; this is for what changes nothing, and for reading. Thread-safe; calls block for the
 * database.
 */
public interface AuditLog {
  /** Writes down what changes nothing else; on disk when this returns. */
  void record(AuditEntry entry);

  /** The entries that are asked for, the newest first. */
  List<AuditEntry> list(AuditQuery query);

  /**
   * Removes entries of before a moment.
   *
   * @param limit so many at most
   * @return how many
   */
  int prune(Instant before, int limit);
}
