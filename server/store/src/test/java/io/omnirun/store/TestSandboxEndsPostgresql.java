package io.omnirun.store;

import io.omnirun.testkit.postgres.TestingPostgresql;

class TestSandboxEndsPostgresql extends BaseSandboxEndsTest {
  @Override
  String newDatabaseUrl() {
    return TestingPostgresql.shared().newDatabaseUrl();
  }
}
