package io.omnirun.store;

import static io.omnirun.store.Failures.assertFails;
import static io.omnirun.store.Samples.insertAccount;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.Account;
import io.omnirun.model.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestDatabaseBackup {
  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path directory;

  @SuppressWarnings("NullAway.Init")
  private DatabaseConfig config;

  @SuppressWarnings("NullAway.Init")
  private Path backup;

  @BeforeEach
  void name() {
    config = new DatabaseConfig("sqlite:" + directory.resolve("omnirun.db"));
    backup = directory.resolve("backup.db");
  }

  @Test
  void databaseIsAsItWasWhenItWasSaved() {
    Account before;
    Account after;
    try (Database database = Database.open(config)) {
      before = insertAccount(database, 3);
      DatabaseBackup.save(config, backup);
      after = insertAccount(database, 3);
    }
    DatabaseBackup.restore(config, backup);
    try (Database database = Database.open(config)) {
      assertThat(database.accounts().findAccount(before.id())).contains(before);
      assertThat(database.accounts().findAccount(after.id())).isEmpty();
    }
    assertThat(directory.resolve("omnirun.db.before-restore")).exists();
  }

  @Test
  void restoreThatIsCutOffLeavesTheDatabaseThatWasThereAndIsRepeated() throws Exception {
    Account saved;
    try (Database database = Database.open(config)) {
      saved = insertAccount(database, 3);
      DatabaseBackup.save(config, backup);
    }
    Account later = insertIntoLogAlone();
    SqliteEngine engine = new SqliteEngine(directory.resolve("omnirun.db"));
    for (int i = 0; i < 2; i++) {
      SqliteBackup.keepBeside(engine);
      try (Database database = Database.open(config)) {
        assertThat(database.accounts().findAccount(later.id())).contains(later);
      }
    }
    DatabaseBackup.restore(config, backup);
    try (Database database = Database.open(config)) {
      assertThat(database.accounts().findAccount(saved.id())).contains(saved);
      assertThat(database.accounts().findAccount(later.id())).isEmpty();
    }
    Path replaced = directory.resolve("omnirun.db.before-restore");
    try (Database database = Database.open(new DatabaseConfig("sqlite:" + replaced))) {
      assertThat(database.accounts().findAccount(later.id())).contains(later);
    }
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("omnirun.db", "backup.db", "omnirun.db.before-restore");
    }
  }

  @Test
  void logOfAMissingDatabaseIsPutAsideAndNotReplayed() throws Exception {
    Account saved = save();
    Account later = insertIntoLogAlone();
    Path log = directory.resolve("omnirun.db-wal");
    byte[] left = Files.readAllBytes(log);
    Files.delete(directory.resolve("omnirun.db"));
    DatabaseBackup.restore(config, backup);
    assertThat(log).doesNotExist();
    assertThat(directory.resolve("omnirun.db.orphaned-wal")).hasBinaryContent(left);
    assertHoldsOnly(saved, later);
  }

  @Test
  void logThatAnAttemptBeforeHasLeftIsNotReplayed() throws Exception {
    Account saved = save();
    Account later = insertIntoLogAlone();
    Files.move(directory.resolve("omnirun.db-wal"), directory.resolve("omnirun.db.unfinished-wal"));
    DatabaseBackup.restore(config, backup);
    assertThat(directory.resolve("omnirun.db.unfinished-wal")).doesNotExist();
    assertHoldsOnly(saved, later);
  }

  private Account save() {
    try (Database database = Database.open(config)) {
      Account saved = insertAccount(database, 3);
      DatabaseBackup.save(config, backup);
      return saved;
    }
  }

  private void assertHoldsOnly(Account saved, Account later) {
    try (Database database = Database.open(config)) {
      assertThat(database.accounts().findAccount(saved.id())).contains(saved);
      assertThat(database.accounts().findAccount(later.id())).isEmpty();
    }
  }

  /** As a server leaves it that was killed: what it wrote last is in the log and nowhere else. */
  private Account insertIntoLogAlone() throws Exception {
    Path running = Files.createDirectory(directory.resolve("running"));
    Path file = directory.resolve("omnirun.db");
    Files.copy(file, running.resolve("omnirun.db"));
    Account account;
    try (Database database =
        Database.open(new DatabaseConfig("sqlite:" + running.resolve("omnirun.db")))) {
      account = insertAccount(database, 3);
      Files.copy(running.resolve("omnirun.db"), file, StandardCopyOption.REPLACE_EXISTING);
      Files.copy(running.resolve("omnirun.db-wal"), directory.resolve("omnirun.db-wal"));
    }
    try (Stream<Path> files = Files.list(running)) {
      for (Path left : files.toList()) {
        Files.delete(left);
      }
    }
    Files.delete(running);
    return account;
  }

  @Test
  void databaseThatDoesNotOpenIsReplacedToo() throws Exception {
    Account saved;
    try (Database database = Database.open(config)) {
      saved = insertAccount(database, 3);
      DatabaseBackup.save(config, backup);
    }
    byte[] noDatabase = "no database".repeat(1_000).getBytes(StandardCharsets.UTF_8);
    Files.write(directory.resolve("omnirun.db"), noDatabase);
    DatabaseBackup.restore(config, backup);
    try (Database database = Database.open(config)) {
      assertThat(database.accounts().findAccount(saved.id())).contains(saved);
    }
    assertThat(directory.resolve("omnirun.db.before-restore")).hasBinaryContent(noDatabase);
  }

  @Test
  void backupIsWholeWhileOthersWrite() throws Exception {
    AtomicBoolean enough = new AtomicBoolean();
    try (Database database = Database.open(config)) {
      FutureTask<Integer> writer =
          new FutureTask<>(
              () -> {
                int written = 0;
                while (!enough.get()) {
                  insertAccount(database, 3);
                  written++;
                }
                return written;
              });
      Thread.startVirtualThread(writer);
      for (int i = 0; i < 5; i++) {
        DatabaseBackup.save(config, directory.resolve("backup-" + i));
      }
      enough.set(true);
      assertThat(writer.get(1, TimeUnit.MINUTES)).isPositive();
    }
    for (int i = 0; i < 5; i++) {
      DatabaseBackup.restore(config, directory.resolve("backup-" + i));
    }
  }

  @Test
  void backupIsForItsOwnerAloneAndReplacesNothing() throws Exception {
    Database.open(config).close();
    DatabaseBackup.save(config, backup);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(backup)))
        .isEqualTo("rw-------");
    assertFails(ErrorCode.CONFIGURATION_INVALID, () -> DatabaseBackup.save(config, backup));
    assertFails(
        ErrorCode.CONFIGURATION_INVALID,
        () -> DatabaseBackup.save(config, directory.resolve("missing/backup.db")));
  }

  @Test
  void whatIsNoSoundBackupChangesNothing() throws Exception {
    Account account;
    try (Database database = Database.open(config)) {
      account = insertAccount(database, 3);
      DatabaseBackup.save(config, backup);
    }
    byte[] damaged = Files.readAllBytes(backup);
    for (int i = damaged.length / 2; i < damaged.length / 2 + 8_192 && i < damaged.length; i++) {
      damaged[i] = 0x55;
    }
    Path bad = directory.resolve("bad.db");
    for (byte[] content :
        new byte[][] {damaged, "no database".repeat(100).getBytes(StandardCharsets.UTF_8)}) {
      Files.write(bad, content);
      assertFails(ErrorCode.CONFIGURATION_INVALID, () -> DatabaseBackup.restore(config, bad));
    }
    assertFails(
        ErrorCode.CONFIGURATION_INVALID,
        () -> DatabaseBackup.restore(config, directory.resolve("missing.db")));
    try (Database database = Database.open(config)) {
      assertThat(database.accounts().findAccount(account.id())).contains(account);
    }
  }

  @Test
  void postgresqlHasItsOwnTools() {
    DatabaseConfig postgresql = new DatabaseConfig("postgresql://u:p@localhost:1/n");
    assertThat(
            assertFails(
                ErrorCode.CONFIGURATION_INVALID, () -> DatabaseBackup.save(postgresql, backup)))
        .hasMessageContaining("pg_dump");
  }
}
