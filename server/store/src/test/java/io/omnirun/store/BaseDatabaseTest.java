package io.omnirun.store;

import static io.omnirun.store.Failures.assertFails;
import static io.omnirun.store.Samples.insertAccount;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.Account;
import io.omnirun.model.ErrorCode;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What opening a database must do on every engine. */
abstract class BaseDatabaseTest {
  private static final int SERVERS = 4;

  private String url = "";

  /** The address of a fresh, empty database. */
  abstract String newDatabaseUrl();

  @BeforeEach
  void chooseDatabase() {
    url = newDatabaseUrl();
  }

  @Test
  void openingAgainKeepsWhatIsThere() {
    Account account;
    try (Database fresh = open()) {
      account = insertAccount(fresh, 3);
    }
    try (Database existing = open()) {
      assertThat(existing.accounts().findAccount(account.id())).contains(account);
    }
  }

  @Test
  void serversThatStartTogetherMigrateAFreshDatabaseOnce() throws Exception {
    Callable<Database> start = this::open;
    List<Database> servers = Race.run(Collections.nCopies(SERVERS, start));
    try {
      Account account = insertAccount(servers.getFirst(), 3);
      assertThat(servers)
          .allSatisfy(
              server -> assertThat(server.accounts().findAccount(account.id())).contains(account));
    } finally {
      servers.forEach(Database::close);
    }
  }

  @Test
  void closedDatabaseIsClosedAgainWithoutHarm() {
    Database database = open();
    database.close();
    database.close();
  }

  @Test
  void databaseOfANewerVersionIsRefusedAndLeftAsItIs() throws Exception {
    Flyway newer =
        Flyway.configure()
            .dataSource(engine().unpooled())
            .locations(Migrations.LOCATION, "classpath:db/newer")
            .load();
    engine().prepare();
    newer.migrate();
    assertThat(assertFails(ErrorCode.CONFIGURATION_INVALID, () -> open().close()))
        .hasMessageContaining("newer version")
        .hasMessageContaining("900");
    assertThat(newer.info().pending()).isEmpty();
    newer.validate();
  }

  @Test
  void schemaThatWasChangedByHandIsRefused() throws Exception {
    open().close();
    execute("UPDATE flyway_schema_history SET checksum = 1 WHERE version = '1'");
    assertThat(assertFails(ErrorCode.CONFIGURATION_INVALID, () -> open().close()))
        .hasMessageContaining("changed by hand");
  }

  @Test
  void databaseOfAnotherProgramIsRefusedAndLeftAsItIs() throws Exception {
    engine().prepare();
    execute("CREATE TABLE account (something_else TEXT)");
    assertThat(assertFails(ErrorCode.CONFIGURATION_INVALID, () -> open().close()))
        .hasMessageContaining("not made by OmniRun");
    execute("INSERT INTO account (something_else) VALUES ('still there')");
  }

  private Database open() {
    return Database.open(new DatabaseConfig(url));
  }

  private Engine engine() {
    return DatabaseUrl.parse(url);
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = engine().unpooled().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
