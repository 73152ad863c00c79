package io.omnirun.store;

import io.omnirun.testkit.postgres.TestingPostgresql;

class TestAccountStorePostgresql extends BaseAccountStoreTest {
  @Override
  String newDatabaseUrl() {
    return TestingPostgresql.shared().newDatabaseUrl();
  }
}
