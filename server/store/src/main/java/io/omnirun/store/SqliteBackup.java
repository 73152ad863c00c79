package io.omnirun.store;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Backups of SQLite files. */
final class SqliteBackup {
  /** What is half there has another name. */
  private static final String UNFINISHED = ".unfinished";

  private static final String REPLACED = ".before-restore";

  /**
   * A log whose database is missing; beside the one that was replaced before it would damage it.
   */
  private static final String ORPHANED = ".orphaned";

  /** The write-ahead log and its shared index. */
  private static final List<String> LOG_SUFFIXES = List.of("-wal", "-shm");

  private static final Logger log = LoggerFactory.getLogger(SqliteBackup.class);

  private SqliteBackup() {}

  /** A read transaction sees one state, whatever others write: a copy of the files would not. */
  static void save(SqliteEngine engine, Path target) throws IOException, SQLException {
    Path file = target.toAbsolutePath();
    if (Files.exists(file)) {
      throw new IOException("there is a file already");
    }
    Path unfinished = newFile(beside(file, UNFINISHED));
    try (Connection connection = engine.unpooled().getConnection();
        PreparedStatement vacuum = connection.prepareStatement("VACUUM INTO ?")) {
      vacuum.setString(1, unfinished.toString());
      vacuum.execute();
    }
    moveDurably(unfinished, file);
  }

  /**
   * Each step leaves a database in its place that opens and has everything, the old one or the new
   * one: it may be cut off anywhere and repeated.
   */
  static void restore(SqliteEngine engine, Path source) throws IOException, SQLException {
    Path unfinished = unpack(engine, source);
    keepBeside(engine);
    moveDurably(unfinished, engine.file());
  }

  /** A sound copy of the present version, on disk beside the database. */
  private static Path unpack(SqliteEngine engine, Path source) throws IOException, SQLException {
    Path unfinished = newFile(beside(engine.file(), UNFINISHED));
    Files.copy(source, unfinished, StandardCopyOption.REPLACE_EXISTING);
    SqliteEngine copy = new SqliteEngine(unfinished);
    copy.prepare();
    requireSound(copy);
    Migrations.apply(copy.unpooled());
    foldLog(copy);
    return unfinished;
  }

  /** Gives the database that is there a second name; it keeps its first one as well. */
  static void keepBeside(SqliteEngine engine) throws IOException, SQLException {
    if (!Files.exists(engine.file())) {
      keepLog(engine, ORPHANED);
      return;
    }
    deleteLog(beside(engine.file(), REPLACED));
    try {
      foldLog(engine);
    } catch (SQLException e) {
      log.warn("the database that is replaced does not open: it is kept with its log", e);
      keepLog(engine, REPLACED);
    }
    link(engine.file(), beside(engine.file(), REPLACED));
  }

  /** The log belongs to the file that goes: the one that comes would be damaged by it. */
  private static void keepLog(SqliteEngine engine, String name) throws IOException {
    for (String suffix : LOG_SUFFIXES) {
      Path file = beside(engine.file(), suffix);
      if (Files.exists(file)) {
        link(file, beside(engine.file(), name + suffix));
        Files.delete(file);
      }
    }
  }

  private static void link(Path file, Path secondName) throws IOException {
    Path unfinished = beside(secondName, UNFINISHED);
    Files.deleteIfExists(unfinished);
    Files.createLink(unfinished, file);
    moveDurably(unfinished, secondName);
    // Linux moves nothing when both are names of the same file already.
    Files.deleteIfExists(unfinished);
  }

  /** Brings the log into the database's file; none is left. */
  private static void foldLog(SqliteEngine engine) throws IOException, SQLException {
    try (Connection connection = engine.unpooled().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA wal_checkpoint(TRUNCATE)")) {
      if (!row.next() || row.getInt(1) != 0) {
        throw new IOException("the database is in use");
      }
    }
    deleteLog(engine.file());
  }

  private static void deleteLog(Path file) throws IOException {
    for (String suffix : LOG_SUFFIXES) {
      Files.deleteIfExists(beside(file, suffix));
    }
  }

  private static void requireSound(SqliteEngine engine) throws SQLException {
    try (Connection connection = engine.unpooled().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA integrity_check")) {
      if (!row.next() || !row.getString(1).equals("ok")) {
        throw new OmniRunException(
            ErrorCode.CONFIGURATION_INVALID, "the backup is damaged: take another one");
      }
    }
  }

  /** An empty file that nobody else may read, instead of what an attempt before has left. */
  private static Path newFile(Path file) throws IOException {
    Files.deleteIfExists(file);
    deleteLog(file);
    return Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  private static Path beside(Path file, String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  private static void moveDurably(Path from, Path to) throws IOException {
    sync(from, StandardOpenOption.WRITE);
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    Path directory = to.toAbsolutePath().getParent();
    if (directory != null) {
      sync(directory, StandardOpenOption.READ);
    }
  }

  private static void sync(Path path, StandardOpenOption option) throws IOException {
    try (FileChannel channel = FileChannel.open(path, option)) {
      channel.force(true);
    }
  }
}
