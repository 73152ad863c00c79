package io.omnirun.store;

import com.zaxxer.hikari.HikariDataSource;

/**
 * The open connections of a database.
 *
 * @param writing takes reads as well
 * @param reading the same pool where reads do not need their own
 */
record Pools(HikariDataSource writing, HikariDataSource reading) implements AutoCloseable {
  /** Closes every connection; calls under way fail. Idempotent. */
  @Override
  public void close() {
    try {
      reading.close();
    } finally {
      writing.close();
    }
  }
}
