package io.omnirun.store;

import org.jdbi.v3.sqlobject.customizer.Bind;
import org.jdbi.v3.sqlobject.statement.SqlUpdate;

/** What keeps two changes of one account's things apart that count before they change. */
interface AccountLock {
  /**
   * Locks an account's row until the transaction ends, with nothing but portable SQL: an update
   * that changes nothing.
   *
   * @return 0 if there is no such account
   */
  @SqlUpdate("UPDATE account SET name = name WHERE account_id = :accountId")
  int lockAccount(@Bind("accountId") String accountId);
}
