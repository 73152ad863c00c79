package io.omnirun.testkit.firecracker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The guest of the fake: the real agent, as a process in mount, pid and uts namespaces of the host.
 * What stands for its memory is {@value #MEMORY}, a file system of its own there: those files go
 * into snapshots and come back in clones; its processes do not, each clone has an agent that has
 * just started. It dies with the fake. Thread-safe.
 */
final class FakeGuest {
  /** As the guest sees it. */
  static final String MEMORY = "/mnt";

  /**
   * {@code $1} is the directory of ours that the guest sees as /srv; its /tmp is its own. The shell
   * stays pid 1: as that the agent would boot a machine.
   */
  private static final String SCRIPT =
      "mount -t tmpfs -o mode=0755 fake-memory "
          + MEMORY
          + " && cp -a \"$1\"/memory/. "
          + MEMORY
          + "/ && mount --bind \"$1\" /srv && mount -t tmpfs -o mode=1777 fake-tmp /tmp"
          + " && cd / && { /srv/agent --link-socket /srv/agent.sock; exit $?; }";

  /**
   * The kernel ends a child when the thread that has started it ends (prctl(2), PR_SET_PDEATHSIG),
   * so this one lasts as long as the process.
   */
  private static final ExecutorService STARTER =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("guests").factory());

  private static final Duration START_LIMIT = Duration.ofSeconds(30);

  private final Process process;
  private final Path socket;

  private FakeGuest(Process process, Path socket) {
    this.process = process;
    this.socket = socket;
  }

  /**
   * Starts the agent; its socket appears later.
   *
   * @param agent the program
   * @param work an empty directory of the fake's, where its log stays
   */
  static FakeGuest start(Path agent, Path work, Map<String, byte[]> memory) throws IOException {
    Path restored = Files.createDirectory(work.resolve("memory"));
    for (Map.Entry<String, byte[]> file : memory.entrySet()) {
      Files.write(restored.resolve(file.getKey()), file.getValue());
    }
    Files.copy(agent, work.resolve("agent"));
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                "setpriv",
                "--pdeathsig",
                "KILL",
                "unshare",
                "--mount",
                "--pid",
                "--uts",
                "--fork",
                "--kill-child",
                "--mount-proc",
                "sh",
                "-c",
                SCRIPT,
                "sh",
                work.toAbsolutePath().toString()));
    builder.redirectErrorStream(true).redirectOutput(work.resolve("agent.log").toFile());
    try {
      return new FakeGuest(STARTER.submit(builder::start).get(), work.resolve("agent.sock"));
    } catch (ExecutionException e) {
      throw new IOException("the fake's guest cannot be started", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Waits until the agent listens, as the agent in a snapshot does. */
  void awaitListening() throws IOException {
    long deadline = System.nanoTime() + START_LIMIT.toNanos();
    while (!Files.exists(socket) && process.isAlive() && System.nanoTime() < deadline) {
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
    if (!Files.exists(socket)) {
      throw new IOException("the fake's guest does not listen");
    }
  }

  /** Where the agent serves the link in place of a vsock port. */
  Path socket() {
    return socket;
  }

  /** The files in its memory. */
  Map<String, byte[]> memory() throws IOException {
    Path root = Path.of("/proc/" + inner().pid() + "/root" + MEMORY);
    Map<String, byte[]> content = new HashMap<>();
    try (Stream<Path> files = Files.list(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        content.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    return content;
  }

  /** The first process in the namespaces. */
  private ProcessHandle inner() throws IOException {
    return process
        .children()
        .findFirst()
        .orElseThrow(() -> new IOException("the fake's guest has ended"));
  }

  /** Stops all its processes, as vCPUs stop. */
  void freeze() throws IOException {
    signal("STOP");
  }

  void thaw() throws IOException {
    signal("CONT");
  }

  private void signal(String name) throws IOException {
    for (ProcessHandle each : process.descendants().toList()) {
      try {
        new ProcessBuilder("kill", "-" + name, Long.toString(each.pid()))
            .redirectErrorStream(true)
            .start()
            .waitFor(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }
  }

  void kill() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
