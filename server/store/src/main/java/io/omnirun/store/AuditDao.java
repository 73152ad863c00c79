package io.omnirun.store;

import io.omnirun.model.AuditEntry;
import java.util.List;
import org.jdbi.v3.sqlobject.customizer.Bind;
import org.jdbi.v3.sqlobject.customizer.BindMethods;
import org.jdbi.v3.sqlobject.statement.SqlQuery;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;

/**
 * The statements about the audit. A DAO that extends this writes its changes down in their own
 * transaction. None changes an entry, and only the last one removes any.
 */
interface AuditDao {
  @SqlUpdate(
      """
      INSERT INTO audit_entry (
        audit_id, account_id, at_ms, actor, address, action, resource, outcome, detail)
      VALUES (:auditId, :accountId, :atMs, :actor, :address, :action, :resource, :outcome, :detail)
      """)
  int insertAudit(@BindMethods AuditRow row);

  /** Of all accounts. Parameters that are null are not asked for; the ids stand for times. */
  @SqlQuery(
      """
      SELECT *
      FROM audit_entry
      WHERE (CAST(:action AS TEXT) IS NULL OR action = :action)
        AND (CAST(:resource AS TEXT) IS NULL OR resource = :resource)
        AND (CAST(:outcome AS TEXT) IS NULL OR outcome = :outcome)
        AND audit_id >= :from
        AND audit_id < :to
      ORDER BY audit_id DESC
      LIMIT :limit
      """)
  List<AuditEntry> listAudit(@BindMethods AuditFilter filter);

  /** The same of one account: in the order of its index. */
  @SqlQuery(
      """
      SELECT *
      FROM audit_entry
      WHERE account_id = :account
        AND (CAST(:action AS TEXT) IS NULL OR action = :action)
        AND (CAST(:resource AS TEXT) IS NULL OR resource = :resource)
        AND (CAST(:outcome AS TEXT) IS NULL OR outcome = :outcome)
        AND audit_id >= :from
        AND audit_id < :to
      ORDER BY audit_id DESC
      LIMIT :limit
      """)
  List<AuditEntry> listAuditOfAccount(@BindMethods AuditFilter filter);

  @SqlUpdate(
      """
      DELETE FROM audit_entry
      WHERE audit_id IN (
        SELECT audit_id FROM audit_entry WHERE audit_id < :before ORDER BY audit_id LIMIT :limit)
      """)
  int pruneAudit(@Bind("before") String before, @Bind("limit") int limit);
}
