package io.omnirun.store;

import io.omnirun.testkit.postgres.TestingPostgresql;

class TestMetadataPostgresql extends BaseMetadataTest {
  @Override
  String newDatabaseUrl() {
    return TestingPostgresql.shared().newDatabaseUrl();
  }
}
