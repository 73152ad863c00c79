package io.omnirun.store;

import io.omnirun.testkit.postgres.TestingPostgresql;

class TestSandboxAdmissionPostgresql extends BaseSandboxAdmissionTest {
  @Override
  String newDatabaseUrl() {
    return TestingPostgresql.shared().newDatabaseUrl();
  }
}
