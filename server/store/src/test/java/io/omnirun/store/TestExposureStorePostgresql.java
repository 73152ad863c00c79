package io.omnirun.store;

import io.omnirun.testkit.postgres.TestingPostgresql;

class TestExposureStorePostgresql extends BaseExposureStoreTest {
  @Override
  String newDatabaseUrl() {
    return TestingPostgresql.shared().newDatabaseUrl();
  }
}
