package io.omnirun.store;

import io.omnirun.testkit.postgres.TestingPostgresql;

class TestSecondFactorStorePostgresql extends BaseSecondFactorStoreTest {
  @Override
  String newDatabaseUrl() {
    return TestingPostgresql.shared().newDatabaseUrl();
  }
}
