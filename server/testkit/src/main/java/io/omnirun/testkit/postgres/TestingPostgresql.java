package io.omnirun.testkit.postgres;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One real PostgreSQL server per JVM, on a free port of 127.0.0.1, with as many databases as the
 * tests want. It starts with the first call, also as root, and ends with the JVM, files and all.
 * Thread-safe.
 *
 * <p>Tests get what a production server has: an ordinary role that owns its database and nothing
 * else, and a password that is really checked.
 */
public final class TestingPostgresql {
  private static final String ROLE = "omnirun";

  /** The superuser makes roles and databases and needs no password; everybody else has one. */
  private static final String HOST_BASED_AUTHENTICATION =
      """
      host all postgres 127.0.0.1/32 trust
      host all all      127.0.0.1/32 scram-sha-256
      """;

  private final EmbeddedPostgres server;
  private final String password = UUID.randomUUID().toString();
  private final AtomicInteger databases = new AtomicInteger();

  private TestingPostgresql(EmbeddedPostgres server) throws SQLException {
    this.server = server;
    asSuperuser("CREATE ROLE " + ROLE + " LOGIN PASSWORD '" + password + "'");
  }

  /**
   * The server of this JVM. Blocks for its start at the first call. The server's own shutdown hook
   * ends it; nobody else does.
   *
   * @throws UncheckedIOException if it does not start
   */
  public static TestingPostgresql shared() {
    return Shared.SERVER;
  }

  /**
   * Makes an empty database.
   *
   * @return its address, {@code postgresql://user:password@host:port/name}
   */
  public String newDatabaseUrl() {
    String name = "test_" + databases.incrementAndGet();
    try {
      asSuperuser("CREATE DATABASE " + name + " OWNER " + ROLE);
    } catch (SQLException e) {
      throw new UncheckedIOException(new IOException("no test database could be made", e));
    }
    return "postgresql://%s:%s@127.0.0.1:%d/%s".formatted(ROLE, password, server.getPort(), name);
  }

  /**
   * A connection to a database of this server as its superuser, to look at and disturb what the
   * tested code does. The caller closes it.
   *
   * @param url as {@link #newDatabaseUrl} has given it
   */
  public Connection connectAsSuperuser(String url) throws SQLException {
    String name = url.substring(url.lastIndexOf('/') + 1);
    return server.getDatabase("postgres", name).getConnection();
  }

  private void asSuperuser(String sql) throws SQLException {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Loaded, and the server so started, with the first test that asks for it. */
  private static final class Shared {
    private static final TestingPostgresql SERVER = start();

    private static TestingPostgresql start() {
      try {
        return new TestingPostgresql(
            EmbeddedPostgres.builder()
                .setDataDirectoryCustomizer(Shared::requirePasswords)
                .start());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (SQLException e) {
        throw new UncheckedIOException(new IOException("the test role could not be made", e));
      }
    }

    private static void requirePasswords(File dataDirectory) {
      try {
        Files.writeString(dataDirectory.toPath().resolve("pg_hba.conf"), HOST_BASED_AUTHENTICATION);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
