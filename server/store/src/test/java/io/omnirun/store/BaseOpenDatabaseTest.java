package io.omnirun.store;

import static io.omnirun.store.Samples.NODE;

import io.omnirun.core.ports.SandboxStore;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/** One fresh database for all tests of a class; each test has accounts of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BaseOpenDatabaseTest {
  String url = "";

  @SuppressWarnings("NullAway.Init")
  Database database;

  @SuppressWarnings("NullAway.Init")
  SandboxStore store;

  /** The address of a fresh, empty database. */
  abstract String newDatabaseUrl();

  @BeforeAll
  void open() {
    url = newDatabaseUrl();
    database = Database.open(new DatabaseConfig(url));
    store = database.sandboxes(NODE);
  }

  @AfterAll
  void close() {
    database.close();
  }
}
