package io.omnirun.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/** Asks SQLite how it is set. */
final class SqlitePragmas {
  private SqlitePragmas() {}

  /** The value of a pragma on a connection; {@code name = value} sets it first. */
  static String read(DataSource dataSource, String pragma) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery("PRAGMA " + pragma)) {
      answer.next();
      return answer.getString(1);
    }
  }
}
