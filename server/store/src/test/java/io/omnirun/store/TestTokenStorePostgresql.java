package io.omnirun.store;

import io.omnirun.testkit.postgres.TestingPostgresql;

class TestTokenStorePostgresql extends BaseTokenStoreTest {
  @Override
  String newDatabaseUrl() {
    return TestingPostgresql.shared().newDatabaseUrl();
  }
}
