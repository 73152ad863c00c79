package io.omnirun.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * SQLite in one file, with a write-ahead log that is synced before a commit returns.
 *
 * <p>SQLite has one writer at a time, so there is one writing connection: callers wait in its pool,
 * in turn, instead of on a file lock that is polled. Its transactions lock at their start ({@code
 * IMMEDIATE}), or two of them could read first and then refuse each other the write. That would
 * serialise readers too; they have connections of their own, which cannot write.
 *
 * @param file absolute
 */
record SqliteEngine(Path file) implements Engine {
  /** Reads take microseconds; more connections than this would only add page caches. */
  static final int READING_CONNECTIONS = 4;

  /**
   * How long a statement waits for the file lock of another process: a backup or an operator's
   * shell, which hold it for moments.
   */
  static final Duration BUSY_TIMEOUT = Duration.ofSeconds(10);

  /** Another process needs milliseconds to give a fresh file its write-ahead log. */
  private static final Duration SWITCHING_PAUSE = Duration.ofMillis(20);

  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  /** The database, its write-ahead log and the log's shared index. */
  private static final List<String> FILE_SUFFIXES = List.of("", "-wal", "-shm");

  /**
   * Makes the file if need be; SQLite gives the files beside it the permissions of this one. When
   * this returns it has a write-ahead log, so that no connection has to switch it.
   */
  @Override
  public void prepare() {
    try {
      makeFile();
      for (String suffix : FILE_SUFFIXES) {
        Path sibling = file.resolveSibling(file.getFileName() + suffix);
        if (Files.exists(sibling)) {
          Files.setPosixFilePermissions(sibling, OWNER_ONLY);
        }
      }
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID,
          "the SQLite file of the database url cannot be made or is not the server's own: its"
              + " directory must exist and belong to the server's user",
          e);
    }
    switchToWriteAheadLog();
  }

  /** SQLite does not wait for others that switch, too, whatever the time-out. */
  private void switchToWriteAheadLog() {
    Instant deadline = Instant.now().plus(BUSY_TIMEOUT);
    while (!isSwitched(deadline)) {
      LockSupport.parkNanos(SWITCHING_PAUSE.toNanos());
    }
  }

  private boolean isSwitched(Instant deadline) {
    try (Connection _ = unpooled().getConnection()) {
      return true;
    } catch (SQLException e) {
      // What else is wrong with the file is told better by who reads it.
      return !DatabaseFailures.isBusy(e) || Instant.now().isAfter(deadline);
    }
  }

  private void makeFile() throws IOException {
    try {
      Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
    } catch (FileAlreadyExistsException e) {
      if (!Files.isRegularFile(file)) {
        throw new IOException("not a regular file: " + file, e);
      }
    }
  }

  @Override
  public DataSource unpooled() {
    SQLiteConfig config = config();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    config.enforceForeignKeys(true);
    return dataSource(config);
  }

  @Override
  public Pools openPools() {
    HikariDataSource writing = pool("sqlite-writing", unpooled(), 1, "PRAGMA query_only = OFF");
    try {
      return new Pools(
          writing,
          pool(
              "sqlite-reading",
              dataSource(config()),
              READING_CONNECTIONS,
              "PRAGMA query_only = ON"));
    } catch (RuntimeException e) {
      writing.close();
      throw e;
    }
  }

  private static SQLiteConfig config() {
    SQLiteConfig config = new SQLiteConfig();
    config.setBusyTimeout(Math.toIntExact(BUSY_TIMEOUT.toMillis()));
    return config;
  }

  private DataSource dataSource(SQLiteConfig config) {
    SQLiteDataSource dataSource = new SQLiteDataSource(config);
    dataSource.setUrl("jdbc:sqlite:" + file);
    return dataSource;
  }

  private static HikariDataSource pool(
      String name, DataSource dataSource, int connections, String connectionInitSql) {
    HikariConfig config = new HikariConfig();
    config.setPoolName(name);
    config.setDataSource(dataSource);
    config.setMaximumPoolSize(connections);
    config.setConnectionInitSql(connectionInitSql);
    // Connections to a file neither age nor die by themselves.
    config.setMaxLifetime(0);
    config.setKeepaliveTime(0);
    return new HikariDataSource(config);
  }
}
