package io.omnirun.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When no guest can be tried; one that is really run is in tests/e2e. */
class GuestTrialTest {
  @TempDir Path directory;
  private Path state;
  private ServerConfig config;

  @BeforeEach
  void configure() throws IOException {
    state = Files.createDirectory(directory.resolve("state"));
    Path template =
        Files.createDirectories(directory.resolve("templates/test")).resolve("template.yaml");
    Files.writeString(
        template,
        """
        name: test
        description: a test
        base: bookworm
        sizes: [{vcpus: 1, memoryMib: 256}]
        diskMib: 1024
        defaultTimeoutSeconds: 300
        """);
    config =
        ServerConfig.of(
            Map.of(
                "database.url", "sqlite:" + state.resolve("omnirun.db"),
                "state.dir", state.toString(),
                "cache.dir", directory.resolve("cache").toString(),
                "templates.dir", directory.resolve("templates").toString(),
                "launcher.socket", directory.resolve("launcher.sock").toString(),
                "agent.binary", Files.createFile(directory.resolve("agent")).toString()));
  }

  @Test
  void withoutImagesNoGuestIsTried() {
    assertThat(new GuestTrial(config).run())
        .isEqualTo(Trials.none("kernel and image are not built yet, which omnirun build does"));
  }

  @Test
  void besideAServerNoGuestIsTried() throws IOException, InterruptedException {
    Process server = startHolder();
    try (BufferedReader said = server.inputReader()) {
      assertThat(said.readLine()).isEqualTo("held");

      Trial trial = new GuestTrial(config).run().kvm();

      assertThat(trial.outcome()).isEqualTo(Trial.Outcome.NOT_TRIED);
      assertThat(trial.text()).startsWith("another server");
    } finally {
      server.destroyForcibly().waitFor();
    }
  }

  private Process startHolder() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Holder.class.getName(),
            state.toString())
        .redirectErrorStream(true)
        .start();
  }

  @Test
  void aStateDirectoryThatIsMissingIsNotMade() throws IOException {
    Files.delete(state);

    assertThat(new GuestTrial(config).run().kvm().text())
        .startsWith("the state directory cannot be used");
    assertThat(state).doesNotExist();
  }

  /** Holds the lock of a state directory, as a server does: file locks belong to processes. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] arguments) throws IOException {
      try (StateLock lock = StateLock.take(Path.of(arguments[0]))) {
        System.out.println("held");
        System.in.read();
      }
    }
  }
}
