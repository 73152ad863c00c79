package io.omnirun.e2e.contract;

import io.omnirun.testkit.machine.MachineContract;
import io.omnirun.testkit.server.Shell;
import io.omnirun.testkit.server.TestServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.hamcrest.Matcher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.engine.JupiterTestEngine;
import org.junit.platform.commons.JUnitException;
import org.junit.platform.engine.TestEngine;
import org.junit.platform.launcher.Launcher;
import org.opentest4j.AssertionFailedError;

/** A run of {@link ContractProgram}, and what has become of the tests in it. */
final class ContractProcess {
  /** Several times what it takes on two busy processors: who hangs is ended. */
  private static final long LIMIT_MINUTES = 10;

  /** One of each place where classes are that the server does not have. */
  private static final List<Class<?>> CLASSES =
      List.of(
          ContractProgram.class,
          MachineContract.class,
          Test.class,
          JupiterTestEngine.class,
          JUnitException.class,
          TestEngine.class,
          Launcher.class,
          AssertionFailedError.class,
          org.assertj.core.api.Assertions.class,
          Awaitility.class,
          Matcher.class);

  private final TestServer host;
  private final Map<String, ContractMessage> results = new HashMap<>();
  private String log = "";

  private ContractProcess(TestServer host) {
    this.host = host;
  }

  /** Runs all tests and returns at their end. */
  static ContractProcess run(TestServer host) throws IOException {
    ContractProcess run = new ContractProcess(host);
    Process program =
        host.program(
            copyClasses(host.stateDirectory().resolve("contract")),
            // Its output has messages and nothing else.
            "-XX:+DisplayVMOutputToStderr",
            // The files of a paused machine are read whole.
            "-Xmx768m",
            // On the disk where a server keeps them.
            "-Djava.io.tmpdir=" + host.stateDirectory(),
            "-D" + QemuServer.CONFIGURATION + "=" + host.configFile(),
            ContractProgram.class.getName());
    CompletableFuture<Process> end = program.onExit().orTimeout(LIMIT_MINUTES, TimeUnit.MINUTES);
    end.exceptionally(late -> program.destroyForcibly());
    try (BufferedReader messages = program.inputReader();
        PrintWriter answers = new PrintWriter(program.outputWriter(), true)) {
      messages.lines().map(ContractMessage::parse).forEach(message -> run.take(message, answers));
      return run;
    } finally {
      program.destroyForcibly().onExit().join();
      run.log = host.programLog();
    }
  }

  private void take(ContractMessage message, PrintWriter answers) {
    switch (message.kind()) {
      case PASSED, FAILED -> results.put(message.subject(), message);
      case CRASH -> {
        host.vmm(message.subject()).forEach(ProcessHandle::destroyForcibly);
        answers.println("killed");
      }
    }
  }

  /** How long each test took, for people. */
  String durations() {
    return results.values().stream()
        .map(result -> "%s took %d ms".formatted(result.subject(), result.millis()))
        .sorted()
        .collect(Collectors.joining(System.lineSeparator()));
  }

  /** Fails if a test did, or was not run. */
  void requirePassed(String test) {
    ContractMessage result = results.get(test);
    if (result == null) {
      throw new AssertionError(test + " did not come to its end:\n" + log);
    }
    if (result.kind() != ContractMessage.Kind.PASSED) {
      throw new AssertionError(
          "%s failed: %s\nThe drivers wrote:\n%s".formatted(test, result.text(), log));
    }
  }

  /** Where the server's user can read them. */
  private static List<Path> copyClasses(Path target) {
    List<Path> copies = new ArrayList<>();
    Shell.run("mkdir", target.toString());
    for (Class<?> type : CLASSES) {
      Path place = place(type);
      Shell.run("cp", "-r", place.toString(), target.toString());
      copies.add(target.resolve(place.getFileName()));
    }
    Shell.run("chmod", "-R", "go+rX", target.toString());
    return copies;
  }

  private static Path place(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(type + " is not in a file", e);
    }
  }
}
