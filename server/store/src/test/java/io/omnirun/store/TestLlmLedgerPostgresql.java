package io.omnirun.store;

import io.omnirun.testkit.postgres.TestingPostgresql;

class TestLlmLedgerPostgresql extends BaseLlmLedgerTest {
  @Override
  String newDatabaseUrl() {
    return TestingPostgresql.shared().newDatabaseUrl();
  }
}
