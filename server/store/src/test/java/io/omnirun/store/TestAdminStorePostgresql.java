package io.omnirun.store;

import io.omnirun.testkit.postgres.TestingPostgresql;

class TestAdminStorePostgresql extends BaseAdminStoreTest {
  @Override
  String newDatabaseUrl() {
    return TestingPostgresql.shared().newDatabaseUrl();
  }
}
