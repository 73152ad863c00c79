package io.omnirun.testkit.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

class TestTestingPostgresql {
  private static final String INVALID_PASSWORD = "28P01";

  @Test
  void serverIsOfVersion18() throws Exception {
    URI url = URI.create(TestingPostgresql.shared().newDatabaseUrl());
    try (Connection connection = connect(url, password(url))) {
      assertThat(connection.getMetaData().getDatabaseMajorVersion()).isEqualTo(18);
    }
  }

  @Test
  void everyDatabaseIsFreshAndItsOwn() throws Exception {
    String first = TestingPostgresql.shared().newDatabaseUrl();
    String second = TestingPostgresql.shared().newDatabaseUrl();
    execute(first, "CREATE TABLE thing (thing_id TEXT)");
    execute(second, "CREATE TABLE thing (thing_id TEXT)");
  }

  @Test
  void passwordIsChecked() {
    URI url = URI.create(TestingPostgresql.shared().newDatabaseUrl());
    assertThatThrownBy(() -> connect(url, "wrong").close())
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(INVALID_PASSWORD));
  }

  @Test
  void testRoleIsNoSuperuserAndTheOtherIs() throws Exception {
    String url = TestingPostgresql.shared().newDatabaseUrl();
    try (Connection role = connect(URI.create(url), password(URI.create(url)));
        Connection superuser = TestingPostgresql.shared().connectAsSuperuser(url)) {
      assertThat(isSuperuser(role)).isFalse();
      assertThat(isSuperuser(superuser)).isTrue();
      assertThat(superuser.getCatalog()).isEqualTo(role.getCatalog());
    }
  }

  private static boolean isSuperuser(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery("SHOW is_superuser")) {
      return answer.next() && answer.getString(1).equals("on");
    }
  }

  private static void execute(String url, String sql) throws SQLException {
    URI parts = URI.create(url);
    try (Connection connection = connect(parts, password(parts));
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String password(URI url) {
    return url.getUserInfo().split(":", 2)[1];
  }

  private static Connection connect(URI url, String password) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://" + url.getAuthority().split("@", 2)[1] + url.getPath(),
        url.getUserInfo().split(":", 2)[0],
        password);
  }
}
