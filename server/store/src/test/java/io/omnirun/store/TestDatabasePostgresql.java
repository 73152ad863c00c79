package io.omnirun.store;

import io.omnirun.testkit.postgres.TestingPostgresql;

class TestDatabasePostgresql extends BaseDatabaseTest {
  @Override
  String newDatabaseUrl() {
    return TestingPostgresql.shared().newDatabaseUrl();
  }
}
