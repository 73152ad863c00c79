package io.omnirun.store;

import io.omnirun.testkit.postgres.TestingPostgresql;

class TestAuditLogPostgresql extends BaseAuditLogTest {
  @Override
  String newDatabaseUrl() {
    return TestingPostgresql.shared().newDatabaseUrl();
  }
}
