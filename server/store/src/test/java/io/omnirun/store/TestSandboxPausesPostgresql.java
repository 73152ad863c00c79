package io.omnirun.store;

import io.omnirun.testkit.postgres.TestingPostgresql;

class TestSandboxPausesPostgresql extends BaseSandboxPausesTest {
  @Override
  String newDatabaseUrl() {
    return TestingPostgresql.shared().newDatabaseUrl();
  }
}
