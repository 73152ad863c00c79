package io.omnirun.store;

import io.omnirun.testkit.postgres.TestingPostgresql;

class TestWebhookStorePostgresql extends BaseWebhookStoreTest {
  @Override
  String newDatabaseUrl() {
    return TestingPostgresql.shared().newDatabaseUrl();
  }
}
