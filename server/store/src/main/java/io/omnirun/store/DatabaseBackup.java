package io.omnirun.store;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;

/** Saves a database into a file, and puts it back. */
public final class DatabaseBackup {
  private DatabaseBackup() {}

  /**
   * Writes the database as it is at this moment into a new file, also while servers use it.
   *
   * @throws OmniRunException CONFIGURATION_INVALID if it cannot be written, or is PostgreSQL's
   */
  public static void save(DatabaseConfig config, Path target) {
    try {
      SqliteBackup.save(sqlite(config), target);
    } catch (IOException | SQLException e) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID,
          "the backup cannot be written: its file must be new, in a directory that this user may"
              + " write to",
          e);
    }
  }

  /**
   * Puts a saved database in the place of the one that is there, which stays beside it as {@code
   * ….before-restore}. Nobody may use it meanwhile.
   *
   * @throws OmniRunException CONFIGURATION_INVALID if the file is no sound backup of this or an
   *     earlier version; nothing is changed then
   */
  public static void restore(DatabaseConfig config, Path source) {
    try {
      SqliteBackup.restore(sqlite(config), source);
    } catch (IOException | SQLException e) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID, "the backup cannot be read or put back", e);
    }
  }

  private static SqliteEngine sqlite(DatabaseConfig config) {
    return switch (DatabaseUrl.parse(config.url())) {
      case SqliteEngine sqlite -> sqlite;
      case PostgresqlEngine _ ->
          throw new OmniRunException(
              ErrorCode.CONFIGURATION_INVALID,
              "the database is PostgreSQL's: use pg_dump and pg_restore, which know how to save one"
                  + " that is in use");
    };
  }
}
