package io.omnirun.store;

import static io.omnirun.store.Failures.assertFails;
import static io.omnirun.store.Samples.NODE;
import static io.omnirun.store.Samples.creating;
import static io.omnirun.store.Samples.insertAccount;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.Sandbox;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.Statement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

class TestSqliteEngine {
  private static final String SYNCHRONOUS_FULL = "2";

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path directory;

  @SuppressWarnings("NullAway.Init")
  private Path file;

  @SuppressWarnings("NullAway.Init")
  private SqliteEngine engine;

  @BeforeEach
  void chooseFile() {
    file = directory.resolve("omnirun.db");
    engine = new SqliteEngine(file);
  }

  @Test
  void fileAndItsLogAreForTheOwnerAlone() throws Exception {
    try (Database database = open()) {
      insertAccount(database, 1);
      assertThat(permissions("")).isEqualTo("rw-------");
      assertThat(permissions("-wal")).isEqualTo("rw-------");
      assertThat(permissions("-shm")).isEqualTo("rw-------");
    }
  }

  @Test
  void fileThatOthersCouldReadIsTakenFromThem() throws Exception {
    open().close();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    open().close();
    assertThat(permissions("")).isEqualTo("rw-------");
  }

  @Test
  void commitIsSyncedToTheWriteAheadLog() throws Exception {
    try (Pools pools = openPools()) {
      assertThat(SqlitePragmas.read(pools.writing(), "journal_mode")).isEqualTo("wal");
      assertThat(SqlitePragmas.read(pools.writing(), "synchronous")).isEqualTo(SYNCHRONOUS_FULL);
      assertThat(SqlitePragmas.read(pools.writing(), "foreign_keys")).isEqualTo("1");
    }
  }

  @Test
  void readingConnectionsCannotWrite() throws Exception {
    open().close();
    try (Pools pools = openPools();
        Connection connection = pools.reading().getConnection();
        Statement statement = connection.createStatement()) {
      assertThatThrownBy(() -> statement.execute("DELETE FROM account"))
          .isInstanceOfSatisfying(
              SQLiteException.class,
              e -> assertThat(e.getResultCode()).isEqualTo(SQLiteErrorCode.SQLITE_READONLY));
    }
  }

  @Test
  void rowThatNobodyUnderstandsIsAnErrorWithItsCause() throws Exception {
    try (Database database = open();
        Connection connection = engine.unpooled().getConnection();
        Statement statement = connection.createStatement()) {
      Sandbox sandbox = creating(insertAccount(database, 1));
      database.sandboxes(NODE).insertCreating(sandbox);
      statement.execute("UPDATE sandbox SET state = 'dreaming'");
      assertThat(
              assertFails(
                  ErrorCode.INTERNAL,
                  () -> database.sandboxes(NODE).find(sandbox.account(), sandbox.id())))
          .hasRootCauseInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void missingDirectoryIsRefused() {
    SqliteEngine lost = new SqliteEngine(directory.resolve("missing/omnirun.db"));
    assertThat(assertFails(ErrorCode.CONFIGURATION_INVALID, lost::prepare))
        .hasMessageContaining("directory must exist")
        .hasMessageNotContaining(directory.toString());
  }

  @Test
  void directoryInPlaceOfTheFileIsRefused() throws Exception {
    Files.createDirectory(file);
    assertFails(ErrorCode.CONFIGURATION_INVALID, () -> open().close());
  }

  @Test
  void fileOfAnotherKindIsRefusedAndLeftAsItIs() throws Exception {
    String text = "not a database at all ".repeat(100);
    Files.writeString(file, text);
    assertThat(assertFails(ErrorCode.CONFIGURATION_INVALID, () -> open().close()))
        .hasMessageContaining("not an SQLite database");
    assertThat(file).hasContent(text);
  }

  private Database open() {
    return Database.open(new DatabaseConfig("sqlite:" + file));
  }

  private Pools openPools() {
    engine.prepare();
    return engine.openPools();
  }

  private String permissions(String suffix) throws Exception {
    Path path = Path.of(file + suffix);
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
