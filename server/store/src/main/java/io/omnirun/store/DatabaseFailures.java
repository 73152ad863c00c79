package io.omnirun.store;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.sql.SQLException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jdbi.v3.core.ConnectionException;
import org.jdbi.v3.core.JdbiException;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/** Turns what drivers and libraries throw into the one exception of ours, the cause kept. */
final class DatabaseFailures {
  private static final String NOT_OURS =
      "the database cannot be used: it was not made by OmniRun, or its schema was changed by hand";

  /** PostgreSQL's {@code disk_full}. */
  private static final String POSTGRESQL_DISK_FULL = "53100";

  /** PostgreSQL's class of exceptions of connections. */
  private static final String CONNECTION_LOST = "08";

  /** SQLite's extended codes carry the primary one in their low byte. */
  private static final int SQLITE_PRIMARY_CODE = 0xff;

  /** What the operator can mend, by PostgreSQL's SQLSTATE, its first two characters at least. */
  private static final Map<String, String> POSTGRESQL_REFUSALS =
      Map.of(
          CONNECTION_LOST,
          "the PostgreSQL server of the database url cannot be reached: check host and port",
          "28",
          "the PostgreSQL server refuses the user or the password of the database url",
          "3D000",
          "the PostgreSQL server has no database of the name in the database url",
          "42501",
          "the user of the database url may not make tables: let it own the database",
          "57P03",
          "the PostgreSQL server is starting or stopping: try again");

  private static final Map<SQLiteErrorCode, String> SQLITE_REFUSALS =
      Map.of(
          SQLiteErrorCode.SQLITE_NOTADB, "the file of the database url is not an SQLite database",
          SQLiteErrorCode.SQLITE_CORRUPT, "the SQLite database is damaged: restore a backup",
          SQLiteErrorCode.SQLITE_CANTOPEN, "the SQLite database cannot be opened",
          SQLiteErrorCode.SQLITE_READONLY, "the SQLite database cannot be written to");

  private DatabaseFailures() {}

  /**
   * Makes a call to the database.
   *
   * @throws OmniRunException NO_SPACE if its disk is full; DATABASE_UNAVAILABLE if there is no
   *     connection, so that nothing has happened; INTERNAL if it fails otherwise: after the loss of
   *     a connection nobody knows whether a write has happened
   */
  static <T> T translating(Supplier<T> call) {
    try {
      return call.get();
    } catch (ConnectionException e) {
      throw unavailable(e);
    } catch (JdbiException e) {
      throw isDiskFull(e)
          ? noSpace(e)
          : new OmniRunException(ErrorCode.INTERNAL, "the server's database has failed", e);
    }
  }

  /**
   * Makes a call that only reads.
   *
   * @throws OmniRunException as {@link #translating}, but DATABASE_UNAVAILABLE also if a connection
   *     is lost
   */
  static <T> T translatingRead(Supplier<T> call) {
    return translating(
        () -> {
          try {
            return call.get();
          } catch (JdbiException e) {
            throw isConnectionLost(e) ? unavailable(e) : e;
          }
        });
  }

  private static boolean isConnectionLost(RuntimeException failure) {
    return sqlCauses(failure)
        .map(SQLException::getSQLState)
        .anyMatch(state -> state != null && state.startsWith(CONNECTION_LOST));
  }

  private static OmniRunException unavailable(RuntimeException cause) {
    return new OmniRunException(
        ErrorCode.DATABASE_UNAVAILABLE, "the server's database does not answer: try again", cause);
  }

  /** The failure of an attempt to open a database. */
  static OmniRunException whenOpening(RuntimeException failure) {
    if (isDiskFull(failure)) {
      return noSpace(failure);
    }
    String message = refusal(failure).orElse(NOT_OURS);
    return new OmniRunException(ErrorCode.CONFIGURATION_INVALID, message, failure);
  }

  private static OmniRunException noSpace(RuntimeException cause) {
    return new OmniRunException(
        ErrorCode.NO_SPACE, "the disk of the server's database is full: free space on it", cause);
  }

  private static boolean isDiskFull(RuntimeException failure) {
    return sqlCauses(failure)
        .anyMatch(
            cause ->
                POSTGRESQL_DISK_FULL.equals(cause.getSQLState())
                    || isSqlite(cause, SQLiteErrorCode.SQLITE_FULL));
  }

  /** Whether another connection has locked an SQLite file. */
  static boolean isBusy(SQLException failure) {
    return isSqlite(failure, SQLiteErrorCode.SQLITE_BUSY);
  }

  private static boolean isSqlite(SQLException failure, SQLiteErrorCode code) {
    return sqliteCode(failure).filter(known -> known == code).isPresent();
  }

  private static Optional<String> refusal(RuntimeException failure) {
    return sqlCauses(failure).flatMap(cause -> refusal(cause).stream()).findFirst();
  }

  private static Optional<String> refusal(SQLException cause) {
    Optional<SQLiteErrorCode> sqliteCode = sqliteCode(cause);
    if (sqliteCode.isPresent()) {
      return sqliteCode.map(SQLITE_REFUSALS::get);
    }
    return Optional.ofNullable(cause.getSQLState())
        .flatMap(
            state ->
                POSTGRESQL_REFUSALS.entrySet().stream()
                    .filter(entry -> state.startsWith(entry.getKey()))
                    .map(Map.Entry::getValue)
                    .findFirst());
  }

  private static Optional<SQLiteErrorCode> sqliteCode(SQLException cause) {
    return cause instanceof SQLiteException sqlite
        ? Optional.of(
            SQLiteErrorCode.getErrorCode(sqlite.getResultCode().code & SQLITE_PRIMARY_CODE))
        : Optional.empty();
  }

  private static Stream<SQLException> sqlCauses(Throwable failure) {
    return Stream.<Throwable>iterate(failure, cause -> cause != null, Throwable::getCause)
        .filter(SQLException.class::isInstance)
        .map(SQLException.class::cast);
  }
}
