package io.omnirun.store;

import io.omnirun.testkit.postgres.TestingPostgresql;

class TestVaultStorePostgresql extends BaseVaultStoreTest {
  @Override
  String newDatabaseUrl() {
    return TestingPostgresql.shared().newDatabaseUrl();
  }
}
