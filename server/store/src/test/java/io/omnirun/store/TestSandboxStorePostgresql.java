package io.omnirun.store;

import io.omnirun.testkit.postgres.TestingPostgresql;

class TestSandboxStorePostgresql extends BaseSandboxStoreTest {
  @Override
  String newDatabaseUrl() {
    return TestingPostgresql.shared().newDatabaseUrl();
  }
}
