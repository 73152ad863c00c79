package io.omnirun.app;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.store.DatabaseBackup;
import io.omnirun.store.DatabaseConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The commands of {@code omnirun admin} that save the database and put it back. */
final class BackupCommands {
  private BackupCommands() {}

  @Command(
      name = "backup",
      description = "Save the database into a new file, also while the server runs.")
  static final class Backup implements Callable<Integer> {
    @Mixin private final ConfigOption config = new ConfigOption();

    @Parameters(paramLabel = "FILE")
    private Path file = Path.of("");

    @Override
    public Integer call() {
      DatabaseBackup.save(new DatabaseConfig(config.load().databaseUrl()), file);
      return 0;
    }
  }

  /** Sandboxes run on without the server, whose next start compares them with what was put back. */
  @Command(
      name = "restore",
      description =
          "Put a saved database back. The server must be stopped; sandboxes run on meanwhile.")
  static final class Restore implements Callable<Integer> {
    @Mixin private final ConfigOption config = new ConfigOption();

    @Parameters(paramLabel = "FILE")
    private Path file = Path.of("");

    @Override
    public Integer call() {
      ServerConfig settings = config.load();
      try (StateLock _ = StateLock.take(settings.stateDir())) {
        DatabaseBackup.restore(new DatabaseConfig(settings.databaseUrl()), file);
      } catch (IOException e) {
        throw new OmniRunException(
            ErrorCode.CONFIGURATION_INVALID, "the state directory cannot be used", e);
      }
      System.out.println(
          "restored; tokens that were revoked since that backup are good again: look at them");
      return 0;
    }
  }
}
