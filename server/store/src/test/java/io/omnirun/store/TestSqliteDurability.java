package io.omnirun.store;

import static io.omnirun.store.Samples.NODE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.AccountId;
import io.omnirun.model.SandboxId;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.io.TempDir;

class TestSqliteDurability {
  /** A line that was cut by the kill acknowledges nothing. */
  private static final Pattern WHOLE_LINE = Pattern.compile("(acc_[a-z0-9]{20}) (sb_[a-z0-9]{20})");

  private static final int SIGKILL_EXIT_CODE = 128 + 9;

  @TempDir
  @SuppressWarnings("NullAway.Init")
  private Path directory;

  @RepeatedTest(5)
  void everyAcknowledgedWriteIsThereAfterAKill(RepetitionInfo round) throws Exception {
    String url = "sqlite:" + directory.resolve("omnirun.db");
    int writesBeforeTheKill = 20 + new Random(round.getCurrentRepetition()).nextInt(200);
    List<MatchResult> acknowledged = insertUntilKilled(url, writesBeforeTheKill);
    assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(writesBeforeTheKill);
    try (Database database = Database.open(new DatabaseConfig(url))) {
      assertThat(acknowledged).allSatisfy(line -> assertStored(database, line));
    }
  }

  private static void assertStored(Database database, MatchResult line) {
    AccountId account = new AccountId(line.group(1));
    assertThat(database.sandboxes(NODE).find(account, new SandboxId(line.group(2)))).isPresent();
  }

  private static List<MatchResult> insertUntilKilled(String url, int writesBeforeTheKill)
      throws Exception {
    Process process = start(url);
    try (BufferedReader output = process.inputReader(UTF_8)) {
      List<MatchResult> acknowledged = new ArrayList<>();
      String line;
      while ((line = output.readLine()) != null) {
        Matcher matcher = WHOLE_LINE.matcher(line);
        if (matcher.matches()) {
          acknowledged.add(matcher.toMatchResult());
        }
        if (acknowledged.size() == writesBeforeTheKill) {
          // The handle's, for the process's own closes its output too, which is still to be read.
          process.toHandle().destroyForcibly();
        }
      }
      assertThat(process.waitFor()).isEqualTo(SIGKILL_EXIT_CODE);
      return acknowledged;
    } finally {
      process.destroyForcibly();
    }
  }

  private static Process start(String url) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-classpath",
            System.getProperty("java.class.path"),
            InsertingProcess.class.getName(),
            url)
        .redirectError(Redirect.INHERIT)
        .start();
  }
}
