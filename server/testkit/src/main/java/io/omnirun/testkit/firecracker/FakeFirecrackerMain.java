package io.omnirun.testkit.firecracker;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The fake as a program, with those of Firecracker's flags that drivers use and its exit codes.
 * {@link FakeFirecracker} writes the script that starts it.
 */
public final class FakeFirecrackerMain {
  static final String VERSION_VARIABLE = "OMNIRUN_FAKE_FIRECRACKER_VERSION";
  static final String AGENT_VARIABLE = "OMNIRUN_FAKE_FIRECRACKER_AGENT";
  static final String FAULTS_VARIABLE = "OMNIRUN_FAKE_FIRECRACKER_FAULTS";

  private static final int BAD_CONFIGURATION = 152;
  private static final int BAD_ARGUMENTS = 153;

  /** Of the log, in whatever case. */
  private static final Set<String> LEVELS =
      Set.of("off", "trace", "debug", "info", "warn", "warning", "error");

  private FakeFirecrackerMain() {}

  /** Runs one machine, or tells versions. */
  public static void main(String[] arguments) throws IOException {
    String version = FakeOptions.variable(VERSION_VARIABLE).orElse("1.16.1");
    String id = "anonymous-instance";
    String socket = "/run/firecracker.socket";
    for (int at = 0; at < arguments.length; at++) {
      switch (arguments[at]) {
        case "--version" -> {
          System.out.println("Firecracker v" + version + "\n\n(this is OmniRun's fake)");
          return;
        }
        case "--snapshot-version" -> {
          System.out.println(FakeOptions.snapshotVersion(version));
          return;
        }
        case "--level" -> requireLevel(arguments[++at]);
        case "--start-time-us", "--start-time-cpu-us", "--parent-cpu-time-us" -> at++;
        case "--id" -> id = arguments[++at];
        case "--api-sock" -> socket = arguments[++at];
        default -> exit(BAD_ARGUMENTS);
      }
    }
    Path agent = Path.of(FakeOptions.variable(AGENT_VARIABLE).orElseThrow());
    Set<String> faults = Set.of(FakeOptions.variable(FAULTS_VARIABLE).orElse("none").split(","));
    Optional<JailedProcess> place = JailedProcess.fromEnvironment();
    place.ifPresent(JailedProcess::dieTogether);
    FakePlaces places = place.map(JailedProcess::places).orElse(FakePlaces.OWN);
    run(new FakeOptions(id, socket, version, agent, places, faults));
  }

  private static void requireLevel(String level) {
    if (!LEVELS.contains(level.toLowerCase(Locale.ROOT))) {
      exit(BAD_CONFIGURATION);
    }
  }

  private static void run(FakeOptions options) throws IOException {
    FakeMachine machine = new FakeMachine(options);
    Runtime.getRuntime().addShutdownHook(new Thread(machine::kill));
    FakeApi api;
    try {
      api = FakeApi.bind(options, machine);
    } catch (IOException e) {
      System.out.printf(
          "Failed to open the API socket at: %s. Check that it is not already used.%n",
          options.socket());
      exit(1);
      throw e;
    }
    api.serve();
  }

  /** As Firecracker says it in its log. */
  static void exit(int code) {
    System.out.println(
        code == 0
            ? "Firecracker exiting successfully. exit_code=0"
            : "Firecracker exiting with error. exit_code=" + code);
    System.exit(code);
  }
}
