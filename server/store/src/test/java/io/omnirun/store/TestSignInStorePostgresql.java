package io.omnirun.store;

import io.omnirun.testkit.postgres.TestingPostgresql;

class TestSignInStorePostgresql extends BaseSignInStoreTest {
  @Override
  String newDatabaseUrl() {
    return TestingPostgresql.shared().newDatabaseUrl();
  }
}
