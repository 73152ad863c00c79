package io.omnirun.app;

import io.omnirun.core.MasterKeyRotation;
import io.omnirun.model.AuditAction;
import io.omnirun.model.AuditEntry;
import io.omnirun.model.AuditId;
import io.omnirun.model.AuditOutcome;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Origin;
import io.omnirun.store.Database;
import io.omnirun.store.DatabaseConfig;
import io.omnirun.vault.LocalKeyWrapper;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code omnirun admin rotate-master-key}: see {@link MasterKeyRotation}. */
@Command(
    name = "rotate-master-key",
    description = {
      "Make a new master key for the vaults, wrap them with it, and forget the old one.",
      "Works while the server runs. One that was cut off is finished by the next."
    })
final class RotateMasterKeyCommand implements Callable<Integer> {
  @Mixin private final ConfigOption config = new ConfigOption();

  @Override
  public Integer call() throws IOException {
    ServerConfig settings = config.load();
    requireServersUser(settings.stateDir());
    try (FileChannel lockFile = openLock(settings.stateDir());
        FileLock lock = lockFile.tryLock()) {
      requireOnly(lock);
      try (Database database = Database.open(new DatabaseConfig(settings.databaseUrl()))) {
        MasterKeyRotation.Outcome outcome =
            new MasterKeyRotation(
                    database.vaults(), new LocalKeyWrapper(MasterKeyFile.in(settings.stateDir())))
                .rotate();
        database.audit().record(entry(outcome));
        System.out.printf(
            "the master key is now %s; %d vaults were wrapped with it%n",
            outcome.masterKey(), outcome.vaults());
      }
    }
    return 0;
  }

  private static AuditEntry entry(MasterKeyRotation.Outcome outcome) {
    Instant now = Instant.now();
    return new AuditEntry(
        AuditId.at(now),
        now,
        Optional.empty(),
        Origin.OPERATOR,
        AuditAction.MASTER_KEY_ROTATE,
        outcome.masterKey(),
        AuditOutcome.SUCCESS,
        Optional.of("%,d vaults were wrapped with it".formatted(outcome.vaults())));
  }

  private static FileChannel openLock(Path stateDir) throws IOException {
    return FileChannel.open(
        stateDir.resolve("vault.rotation.lock"),
        StandardOpenOption.CREATE,
        StandardOpenOption.WRITE);
  }

  /** The server could not read what another user, root for one, has written. */
  private static void requireServersUser(Path stateDir) throws IOException {
    String owner = Files.getOwner(stateDir).getName();
    if (!owner.equals(System.getProperty("user.name"))) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID, "run this as the server's user, " + owner);
    }
  }

  private static void requireOnly(@Nullable FileLock lock) {
    if (lock == null) {
      throw new OmniRunException(
          ErrorCode.CONFIGURATION_INVALID, "another rotation of the master key is under way");
    }
  }
}
