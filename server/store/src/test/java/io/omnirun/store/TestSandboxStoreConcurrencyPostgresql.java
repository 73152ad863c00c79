package io.omnirun.store;

import io.omnirun.testkit.postgres.TestingPostgresql;

class TestSandboxStoreConcurrencyPostgresql extends BaseSandboxStoreConcurrencyTest {
  @Override
  String newDatabaseUrl() {
    return TestingPostgresql.shared().newDatabaseUrl();
  }
}
