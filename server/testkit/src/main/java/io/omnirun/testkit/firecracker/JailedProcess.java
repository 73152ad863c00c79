package io.omnirun.testkit.firecracker;

import java.nio.file.Path;
import java.util.Optional;

/**
 * The process that has a fake's place in a launcher's jail, where a JVM would find nothing of what
 * it needs. The fake works with the files that this one has, as root of the host: what a VMM's own
 * user may do there is for the launcher's tests to show.
 *
 * @param process as the host sees it
 * @param guest where the fake's guest is put
 */
record JailedProcess(ProcessHandle process, Path guest) {
  static final String PID_VARIABLE = "OMNIRUN_FAKE_FIRECRACKER_PLACE";
  static final String GUEST_VARIABLE = "OMNIRUN_FAKE_FIRECRACKER_GUEST";

  /** Empty: the fake is an ordinary process. */
  static Optional<JailedProcess> fromEnvironment() {
    return FakeOptions.variable(PID_VARIABLE)
        .map(
            pid ->
                new JailedProcess(
                    ProcessHandle.of(Long.parseLong(pid)).orElseThrow(),
                    Path.of(FakeOptions.variable(GUEST_VARIABLE).orElseThrow())));
  }

  FakePlaces places() {
    Path links = Path.of("/proc", Long.toString(process.pid()));
    return new FakePlaces(links.resolve("root"), links.resolve("cwd"), guest);
  }

  /** From now on this JVM ends with that process, and that with this. */
  void dieTogether() {
    process.onExit().thenRun(() -> System.exit(0));
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
  }
}
