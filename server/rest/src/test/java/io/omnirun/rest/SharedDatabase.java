package io.omnirun.rest;

import io.omnirun.store.Database;
import io.omnirun.store.DatabaseConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A real SQLite database for all tests of this process: their accounts do not meet. */
final class SharedDatabase {
  private static final Database DATABASE = open();

  private SharedDatabase() {}

  static Database get() {
    return DATABASE;
  }

  private static Database open() {
    try {
      Path directory = Files.createTempDirectory("omnirun-rest");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory)));
      return Database.open(new DatabaseConfig("sqlite:" + directory.resolve("omnirun.db")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path directory) {
    DATABASE.close();
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
