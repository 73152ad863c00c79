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

/** Backups of SQLite files. */
final class SqliteBackup {
  /** What is half there has another name. */
  private static final String UNFINISHED = ".unfinished";

  private static final String REPLACED = ".before-restore";

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

  static void restore(SqliteEngine engine, Path source) throws IOException, SQLException {
    Path unfinished = newFile(beside(engine.file(), UNFINISHED));
    Files.copy(source, unfinished, StandardCopyOption.REPLACE_EXISTING);
    SqliteEngine copy = new SqliteEngine(unfinished);
    copy.prepare();
    requireSound(copy);
    Migrations.apply(copy.unpooled());
    // The log belongs to the file that goes: the one that comes would be damaged by it.
    for (String suffix : new String[] {"-wal", "-shm"}) {
      moveIfThere(beside(engine.file(), suffix), beside(engine.file(), REPLACED + suffix));
    }
    moveIfThere(engine.file(), beside(engine.file(), REPLACED));
    moveDurably(unfinished, engine.file());
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
    return Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  private static Path beside(Path file, String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  private static void moveIfThere(Path from, Path to) throws IOException {
    if (Files.exists(from)) {
      Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
    }
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
