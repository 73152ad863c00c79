package io.omnirun.testkit.firecracker;

import io.omnirun.testkit.firecracker.FakeFirecracker.Fault;
import io.omnirun.testkit.program.GoBuild;
import io.omnirun.testkit.server.Installation;
import io.omnirun.testkit.server.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * FAKE Firecrackers behind a real launcher. What that starts in its jail is a placeholder which
 * does nothing; as long as it runs, a fake outside of the jail is its machine, and has the files,
 * sockets and network interfaces of the jail for its own. So a server, its launcher and the layout
 * of the jail are shown to fit together; no virtual machine runs.
 *
 * <p>Needs root. Closed after the server of the test, it ends the fakes that are left.
 */
public final class JailedFakes implements AutoCloseable {
  /** No release has it: a real Firecracker never takes up what the fake has left in the cache. */
  private static final String VERSION = "1.15.9999";

  private static final String PLACEHOLDER = "./server/testkit/src/main/go/placeholder";
  private static final String JAILER = "./server/testkit/src/main/go/jailer";

  /** There is no event of a stranger's execve(2) to wait for. */
  private static final long LOOK_MS = 20;

  /** A machine's memory is not to reach a disk. */
  private static final Path VOLATILE = Path.of("/dev/shm");

  /**
   * Held while there are fakes: all tests have one cache for snapshots, and each begins and ends
   * with none there, also where two run in programs of their own.
   */
  private static final Path LOCK =
      Path.of(System.getProperty("java.io.tmpdir"), "omnirun-fakes.lock");

  private final FileChannel lock;
  private final Path directory;
  private final Path volatileDirectory;
  private final Path placeholder;
  private final Path jailer;
  private final Path fake;
  private final Map<Long, Process> fakes = new ConcurrentHashMap<>();
  private final ScheduledExecutorService looking = Executors.newSingleThreadScheduledExecutor();
  private volatile Optional<RuntimeException> failure = Optional.empty();

  private JailedFakes(FileChannel lock, Path directory, Path volatileDirectory) throws IOException {
    this.lock = lock;
    this.directory = directory;
    this.volatileDirectory = volatileDirectory;
    // The launcher and the server's user get at it, too.
    makeReachable(directory);
    makeReachable(volatileDirectory);
    Shell.run("install", "-d", "-m", "0700", "-o", Installation.SERVICE_USER, memory().toString());
    this.placeholder =
        Files.copy(
            GoBuild.of(PLACEHOLDER),
            directory.resolve(directory.getFileName() + "-firecracker-placeholder"),
            StandardCopyOption.COPY_ATTRIBUTES);
    this.jailer =
        Files.copy(
            GoBuild.of(JAILER), directory.resolve("jailer"), StandardCopyOption.COPY_ATTRIBUTES);
    this.fake =
        FakeFirecracker.install(
            directory, Installation.find().directory().resolve("agent"), VERSION, Set.<Fault>of());
  }

  private static void makeReachable(Path directory) throws IOException {
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
  }

  /**
   * Waits until no other program has fakes, builds what is needed and looks for placeholders from
   * now on. In one program they come one after the other.
   */
  public static JailedFakes start() {
    try {
      FileChannel lock =
          FileChannel.open(LOCK, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        lock.lock();
        return started(lock);
      } catch (IOException | RuntimeException e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JailedFakes started(FileChannel lock) throws IOException {
    JailedFakes started =
        new JailedFakes(
            lock,
            Files.createTempDirectory("omnirun-fakes"),
            Files.createTempDirectory(VOLATILE, "omnirun-fakes"));
    forgetSnapshots();
    started.looking.scheduleWithFixedDelay(started::look, 0, LOOK_MS, TimeUnit.MILLISECONDS);
    return started;
  }

  /** Those of templates that fakes have booted: each test builds its own. */
  private static void forgetSnapshots() {
    Shell.run(
        "sh",
        "-c",
        "grep -lsF '\"firecracker\":\"'\"$2\"'\"' \"$1\"/golden-firecracker/*/manifest*"
            + " | xargs -r dirname | xargs -r rm -rf",
        "sh",
        Installation.find().cache().toString(),
        VERSION);
  }

  private Path memory() {
    return volatileDirectory.resolve("memory");
  }

  /** What a launcher is to be given so that a FAKE jailer starts the placeholders. */
  public List<String> launcherOptionsWithJailer() {
    List<String> options = new ArrayList<>(launcherOptions());
    options.addAll(List.of("--jailer", jailer.toString()));
    return options;
  }

  /** What a launcher is to be given. */
  public List<String> launcherOptions() {
    return List.of("--firecracker", placeholder.toString(), "--memory-dir", memory().toString());
  }

  /** The executor would never look again after a failure, and tell nobody. */
  private void look() {
    try {
      ProcessHandle.allProcesses()
          .filter(process -> !fakes.containsKey(process.pid()))
          .forEach(process -> arguments(process).ifPresent(given -> begin(process, given)));
    } catch (RuntimeException e) {
      failure = Optional.of(e);
    }
  }

  /** Those of a VMM, if it is one of this launcher's; not of one that is asked for its version. */
  private Optional<List<String>> arguments(ProcessHandle process) {
    ProcessHandle.Info info = process.info();
    boolean isPlaceholder =
        info.command()
            .map(Path::of)
            .filter(command -> command.endsWith(placeholder.getFileName()))
            .isPresent();
    return isPlaceholder
        ? info.arguments().map(Arrays::asList).filter(given -> given.contains("--api-sock"))
        : Optional.empty();
  }

  private void begin(ProcessHandle place, List<String> arguments) {
    String pid = Long.toString(place.pid());
    // The sockets are there for all, as the launcher has a VMM make them.
    List<String> command =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--net=/proc/" + pid + "/ns/net",
                "sh",
                "-c",
                "umask 0; exec \"$@\"",
                "sh",
                fake.toString()));
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve(pid + ".log").toFile());
    builder.environment().put(JailedProcess.PID_VARIABLE, pid);
    builder
        .environment()
        .put(JailedProcess.GUEST_VARIABLE, directory.resolve(pid + "-guest").toString());
    try {
      fakes.put(place.pid(), builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the fakes have printed, for a test that fails. */
  public String logs() {
    return failure.map(it -> "a fake was not begun: " + it + "\n").orElse("")
        + Shell.run("sh", "-c", "tail -n 20 \"$1\"/*.log || true", "sh", directory.toString());
  }

  @Override
  public void close() {
    try (lock) {
      // Waits for one that is just being begun.
      looking.close();
      for (Process each : fakes.values()) {
        each.descendants().forEach(ProcessHandle::destroyForcibly);
        each.destroyForcibly();
        each.onExit().join();
      }
      forgetSnapshots();
      Shell.run("rm", "-rf", directory.toString(), volatileDirectory.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
