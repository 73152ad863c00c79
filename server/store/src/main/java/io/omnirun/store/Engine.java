package io.omnirun.store;

import javax.sql.DataSource;

/** All in which the two database engines differ: how they are connected to. Immutable. */
sealed interface Engine permits SqliteEngine, PostgresqlEngine {
  /**
   * Makes what must be there before the first connection.
   *
   * @throws io.omnirun.model.OmniRunException CONFIGURATION_INVALID if it cannot be made
   */
  void prepare();

  /** Connections without a pool and without a time limit on statements, for migrations. */
  DataSource unpooled();

  /** Opens the pools that serve calls; the caller closes them. */
  Pools openPools();
}
