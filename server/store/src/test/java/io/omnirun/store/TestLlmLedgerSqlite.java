package io.omnirun.store;

import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.io.TempDir;

class TestLlmLedgerSqlite extends BaseLlmLedgerTest {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private static Path directory;

  @Override
  String newDatabaseUrl() {
    return "sqlite:" + directory.resolve(UUID.randomUUID() + ".db");
  }
}
