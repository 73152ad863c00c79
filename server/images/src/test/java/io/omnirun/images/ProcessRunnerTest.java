package io.omnirun.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ProcessRunnerTest {
  /** Prints its process id, then lives until it is killed. */
  private static final List<String> ENDLESS = List.of("sh", "-c", "echo $$; exec sleep infinity");

  private static final Duration GENEROUS = Duration.ofMinutes(5);

  private final ProcessRunner runner = new ProcessRunner();

  @Test
  void argumentsReachTheProgramAsTheyAre() throws Exception {
    assertThat(runner.run(Program.quick("printf", "%s\\n", "a b", "$(id)", "; echo x", "*")))
        .containsExactly("a b", "$(id)", "; echo x", "*");
  }

  @Test
  void aFailureSaysHowItEndedAndWhatWasPrinted() {
    assertThatExceptionOfType(ProgramFailedException.class)
        .isThrownBy(() -> runner.run(Program.quick("sh", "-c", "echo out; echo err >&2; exit 7")))
        .withMessage("sh ended with status 7")
        .satisfies(e -> assertThat(e.output()).containsExactly("out", "err"));
  }

  @Test
  void aProgramThatIsNotThereIsAFailure() {
    assertThatExceptionOfType(ProgramFailedException.class)
        .isThrownBy(() -> runner.run(Program.quick("no-such-program-anywhere")))
        .satisfies(e -> assertThat(e.output()).anyMatch(line -> line.contains("No such file")));
  }

  @Test
  void outputIsHeardWholeButKeptOnlyAtItsEnd() throws Exception {
    List<String> heard = new ArrayList<>();

    List<String> kept = runner.run(Program.quick("seq", "100000"), heard::add);

    assertThat(heard).hasSize(100_000);
    assertThat(kept).hasSize(400).endsWith("99999", "100000");
  }

  @Test
  void aLineWithoutEndIsCut() throws Exception {
    Program program = Program.quick("sh", "-c", "head -c 50000000 /dev/zero | tr '\\0' x");

    assertThat(runner.run(program)).containsExactly("x".repeat(1000));
  }

  @Test
  void ourEnvironmentStaysOurs() throws Exception {
    assertThat(runner.run(Program.quick("env")))
        .extracting(line -> line.substring(0, line.indexOf('=')))
        .isSubsetOf(
            "PATH",
            "HOME",
            "LC_ALL",
            "PWD",
            "http_proxy",
            "https_proxy",
            "no_proxy",
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "NO_PROXY");
  }

  @Test
  void whatAProgramLeavesRunningEndsWithIt() throws Exception {
    List<String> output = runner.run(Program.quick("sh", "-c", "sleep infinity & echo $!"));

    awaitEnd(Long.parseLong(output.getFirst()));
  }

  @Test
  void aProgramThatTakesTooLongIsKilled() {
    Program program = new Program(ENDLESS, Path.of("/"), Map.of(), Duration.ofSeconds(1));

    assertThatExceptionOfType(ProgramFailedException.class)
        .isThrownBy(() -> runner.run(program))
        .withMessageContaining("took longer than")
        .satisfies(e -> awaitEnd(Long.parseLong(e.output().getFirst())));
  }

  @Test
  void anInterruptKillsTheProgramAndStaysSet() throws Exception {
    CompletableFuture<Long> processId = new CompletableFuture<>();
    CompletableFuture<Boolean> stillInterrupted = new CompletableFuture<>();
    Thread caller =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    runner.run(
                        new Program(ENDLESS, Path.of("/"), Map.of(), GENEROUS),
                        line -> processId.complete(Long.parseLong(line)));
                  } catch (ProgramFailedException e) {
                    stillInterrupted.complete(Thread.currentThread().isInterrupted());
                  }
                });
    long running = processId.get();

    caller.interrupt();

    assertThat(stillInterrupted.get()).isTrue();
    awaitEnd(running);
  }

  @Test
  void aListenerThatFailsEndsTheProgram() {
    CompletableFuture<Long> processId = new CompletableFuture<>();

    assertThatExceptionOfType(ProgramFailedException.class)
        .isThrownBy(
            () ->
                runner.run(
                    new Program(ENDLESS, Path.of("/"), Map.of(), GENEROUS),
                    line -> {
                      processId.complete(Long.parseLong(line));
                      throw new IllegalStateException("no more");
                    }))
        .withRootCauseInstanceOf(IllegalStateException.class);
    awaitEnd(processId.join());
  }

  @Test
  void aProgramDoesNotOutliveUs() throws Exception {
    Process parent = ChildJvm.of(EndlessParent.class, List.of()).start();
    try (BufferedReader output = parent.inputReader()) {
      long running = Long.parseLong(output.readLine());
      assertThat(ProcessHandle.of(running)).isPresent();

      parent.destroyForcibly().waitFor();

      awaitEnd(running);
    }
  }

  @Test
  void linesAreAllThereInOrder() throws Exception {
    assertThat(runner.run(Program.quick("seq", "300")))
        .isEqualTo(IntStream.rangeClosed(1, 300).mapToObj(Integer::toString).toList());
  }

  private static void awaitEnd(long processId) {
    ProcessHandle.of(processId)
        .ifPresent(handle -> handle.onExit().orTimeout(60, TimeUnit.SECONDS).join());
  }

  /** Runs an endless program until it is killed itself. */
  static final class EndlessParent {
    private EndlessParent() {}

    public static void main(String[] arguments) throws Exception {
      new ProcessRunner()
          .run(
              new Program(ENDLESS, Path.of("/"), Map.of(), GENEROUS),
              line -> {
                System.out.println(line);
                System.out.flush();
              });
    }
  }
}
