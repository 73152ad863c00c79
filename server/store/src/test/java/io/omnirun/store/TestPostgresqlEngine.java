package io.omnirun.store;

import static io.omnirun.store.Failures.assertFails;
import static io.omnirun.store.Samples.NODE;
import static io.omnirun.store.Samples.creating;
import static io.omnirun.store.Samples.insertAccount;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.Account;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.testkit.postgres.SilentRelay;
import io.omnirun.testkit.postgres.TestingPostgresql;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class TestPostgresqlEngine {
  private static final TestingPostgresql SERVER = TestingPostgresql.shared();

  private final String url = SERVER.newDatabaseUrl();

  @Test
  void wrongPasswordIsToldAsSuch() {
    assertRefused(
        url.replaceFirst(":[^:@]+@", ":wr0ng-s3cret@"), "refuses the user or the password");
  }

  @Test
  void missingDatabaseIsToldAsSuch() {
    assertRefused(url.replaceFirst("/[^/]+$", "/missing"), "has no database of the name");
  }

  @Test
  void unreachableServerIsToldAsSuch() throws Exception {
    int freePort;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      freePort = socket.getLocalPort();
    }
    assertRefused(url.replaceFirst(":[0-9]+/", ":" + freePort + "/"), "cannot be reached");
  }

  /** Long, for Flyway tries ten times, a second apart. */
  @Test
  @Tag("long")
  void userWithoutTheRightToMakeTablesIsToldAsSuch() throws Exception {
    try (Connection superuser = SERVER.connectAsSuperuser(url);
        Statement statement = superuser.createStatement()) {
      statement.execute("ALTER DATABASE " + superuser.getCatalog() + " OWNER TO postgres");
    }
    assertRefused(url, "may not make tables");
  }

  @Test
  void everyPoolledConnectionSeesWhatIsCommittedWhileItWaits() throws Exception {
    try (Pools pools = DatabaseUrl.parse(url).openPools();
        Connection connection = pools.writing().getConnection()) {
      assertThat(connection.getTransactionIsolation())
          .isEqualTo(Connection.TRANSACTION_READ_COMMITTED);
    }
  }

  @Test
  void lostConnectionFailsItsCallAndTheNextOneSucceeds() throws Exception {
    try (Database database = Database.open(new DatabaseConfig(url));
        Connection superuser = SERVER.connectAsSuperuser(url)) {
      Account account = insertAccount(database, 2);
      Sandbox lost = creating(account);
      superuser.setAutoCommit(false);
      update(superuser, "UPDATE account SET name = 'locked'");
      FutureTask<Void> insertion =
          new FutureTask<>(() -> database.sandboxes(NODE).insertCreating(lost), null);
      Thread.startVirtualThread(insertion);
      terminateTheCallThatWaitsForTheLock();
      assertThat(assertFails(ErrorCode.INTERNAL, () -> outcome(insertion)))
          .hasRootCauseInstanceOf(SQLException.class);
      superuser.rollback();
      Sandbox next = creating(account);
      database.sandboxes(NODE).insertCreating(next);
      assertThat(database.sandboxes(NODE).listUnfinished()).containsExactly(next);
    }
  }

  @Test
  void databaseThatIsSilentIsSaidToBeUnavailableInTenSecondsAndUsedAgainWhenItSpeaks() {
    try (SilentRelay relay = SilentRelay.to(url);
        Database database = Database.open(new DatabaseConfig(relay.url()))) {
      Account account = insertAccount(database, 2);
      relay.silence();
      // The first one on a connection that has just answered, the others on none.
      for (int i = 0; i < 3; i++) {
        long begunNanos = System.nanoTime();
        assertFails(
            ErrorCode.DATABASE_UNAVAILABLE, () -> database.accounts().findAccount(account.id()));
        assertThat(Duration.ofNanos(System.nanoTime() - begunNanos))
            .isLessThan(Duration.ofSeconds(10));
      }
      assertFails(
          ErrorCode.DATABASE_UNAVAILABLE,
          () -> database.sandboxes(NODE).insertCreating(creating(account)));
      relay.speak();
      Awaitility.await()
          .atMost(1, TimeUnit.MINUTES)
          .ignoreExceptionsInstanceOf(OmniRunException.class)
          .until(() -> database.accounts().findAccount(account.id()).isPresent());
      database.sandboxes(NODE).insertCreating(creating(account));
    }
  }

  private void terminateTheCallThatWaitsForTheLock() throws SQLException {
    try (Connection superuser = SERVER.connectAsSuperuser(url);
        Statement statement = superuser.createStatement()) {
      Awaitility.await()
          .atMost(1, TimeUnit.MINUTES)
          .until(
              () -> {
                try (ResultSet terminated =
                    statement.executeQuery(
                        """
                        SELECT pg_terminate_backend(pid)
                        FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock'
                        """)) {
                  return terminated.next();
                }
              });
    }
  }

  @SuppressWarnings("UnusedException") // It only wraps the failure of the call.
  private static void outcome(FutureTask<Void> call) throws Throwable {
    try {
      call.get(1, TimeUnit.MINUTES);
    } catch (ExecutionException e) {
      throw e.getCause();
    }
  }

  private static void update(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }

  private static void assertRefused(String url, String why) {
    assertThat(
            assertFails(
                ErrorCode.CONFIGURATION_INVALID,
                () -> Database.open(new DatabaseConfig(url)).close()))
        .hasMessageContaining(why)
        .hasRootCauseInstanceOf(Exception.class)
        .satisfies(
            failure ->
                assertThat(Failures.text(failure))
                    .doesNotContain(((PostgresqlEngine) DatabaseUrl.parse(url)).password()));
  }
}
