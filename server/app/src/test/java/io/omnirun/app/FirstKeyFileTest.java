package io.omnirun.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.core.Accounts;
import io.omnirun.core.Authenticator;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.store.Database;
import io.omnirun.store.DatabaseConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FirstKeyFileTest {
  private static final String KEY = "omr_" + "k".repeat(43);
  private static final String ANOTHER_KEY = "omr_" + "a".repeat(43);

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path directory;

  @SuppressWarnings("NullAway.Init")
  private Path file;

  @BeforeEach
  void nameFile() {
    file = directory.resolve("first.key");
  }

  @Test
  void keyIsWrittenForTheOwnerAlone() throws IOException {
    assertThat(new FirstKeyFile(file).keep(KEY)).isEqualTo(KEY);
    assertThat(file).hasContent(KEY);
    assertThat(mode(file)).isEqualTo("rw-------");
    assertThat(names()).containsExactly("first.key");
  }

  @Test
  void keyThatIsThereIsKept() {
    new FirstKeyFile(file).keep(KEY);
    assertThat(new FirstKeyFile(file).keep(ANOTHER_KEY)).isEqualTo(KEY);
    assertThat(file).hasContent(KEY);
  }

  @Test
  void halfOfAKeyThatAKilledStartLeftBesideIsReplaced() throws IOException {
    Files.writeString(directory.resolve("first.key.new"), "omr_hal");
    assertThat(new FirstKeyFile(file).keep(KEY)).isEqualTo(KEY);
    assertThat(file).hasContent(KEY);
    assertThat(names()).containsExactly("first.key");
  }

  @Test
  void keyOfAStartThatWasKilledBeforeItsAccountOpensTheFirstAccount() {
    new FirstKeyFile(file).keep(KEY);
    String url = "sqlite:" + directory.resolve("omnirun.db");
    try (Database database = Database.open(new DatabaseConfig(url))) {
      new Accounts(database.accounts(), Clock.systemUTC()).createFirst(new FirstKeyFile(file));
      assertThat(
              new Authenticator(database.tokens(), Clock.systemUTC())
                  .authenticate(KEY)
                  .account()
                  .name())
          .isEqualTo("first");
    }
  }

  @Test
  void fileThatOthersCanReadIsNotBelieved() throws IOException {
    new FirstKeyFile(file).keep(KEY);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertRefused(file);
  }

  @Test
  void whatIsNoFileOrFarTooLongIsNotBelieved() throws IOException {
    Path target = directory.resolve("target");
    new FirstKeyFile(target).keep(KEY);
    assertRefused(Files.createSymbolicLink(file, target));
    assertRefused(Files.createDirectory(directory.resolve("directory")));
    Path large = directory.resolve("large");
    OwnerOnlyFile.write(large, new byte[4096]);
    assertRefused(large);
  }

  @Test
  void directoryThatIsMissingIsSaid() {
    assertRefused(directory.resolve("missing").resolve("first.key"));
  }

  private static void assertRefused(Path file) {
    assertThatThrownBy(() -> new FirstKeyFile(file).keep(ANOTHER_KEY))
        .isInstanceOfSatisfying(
            OmniRunException.class,
            e -> assertThat(e.code()).isEqualTo(ErrorCode.CONFIGURATION_INVALID))
        .hasMessageContaining(file.toString());
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> entries = Files.list(directory)) {
      return entries.map(entry -> entry.getFileName().toString()).toList();
    }
  }
}
