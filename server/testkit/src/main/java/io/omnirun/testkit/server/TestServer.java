package io.omnirun.testkit.server;

import io.omnirun.testkit.network.TestInternet;
import io.omnirun.testkit.program.ProcessMemory;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A launcher (root) and a server (the service user) of a test's own, in directories of their own,
 * over the shared cache. The test may kill and restart either. Closing it fails if the host has
 * anything but the machines of sandboxes that still run, then ends these too, and fails if anything
 * at all is left.
 */
public final class TestServer implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 300;

  /** For a VMM to end and for another to take its place in the pool, on a loaded host. */
  private static final long QUIET_SECONDS = 120;

  /** Beyond those of a person's servers. */
  private static final int FIRST_USER = 1_200_000;

  /** As many as a launcher gives to machines. */
  private static final int USERS = 5_000;

  private final Installation installation = Installation.find();
  private final String instance =
      "t" + Long.toString(ProcessHandle.current().pid() * 1000 + nextNumber(), 36);
  private final Path home = Path.of("/var/lib/omnirun", instance);
  private final Path run = Path.of("/run", "omnirun-" + instance);
  private final int port = freePort();
  private final @Nullable TestInternet internet;
  private final List<String> launcherOptions;
  private final Map<String, String> config = new LinkedHashMap<>();
  private @Nullable Process launcher;
  private @Nullable Process server;

  private static int lastNumber;

  private static synchronized int nextNumber() {
    return ++lastNumber;
  }

  /** Starts both and waits until the {@code base} template is ready. */
  public static TestServer start() {
    return start(Map.of());
  }

  /**
   * @param settings configuration keys on top of the tests' own
   */
  public static TestServer start(Map<String, String> settings) {
    return start(settings, null, List.of());
  }

  /**
   * On the host of a test's internet, with links for sandboxes.
   *
   * @param internet the caller closes it, after this
   */
  public static TestServer start(Map<String, String> settings, @Nullable TestInternet internet) {
    return start(settings, internet, List.of());
  }

  /**
   * With a launcher that can do more than those of other tests.
   *
   * @param launcherOptions on top of the tests' own
   */
  public static TestServer start(Map<String, String> settings, List<String> launcherOptions) {
    return start(settings, null, launcherOptions);
  }

  private static TestServer start(
      Map<String, String> settings, @Nullable TestInternet internet, List<String> launcherOptions) {
    TestServer started = new TestServer(settings, internet, launcherOptions);
    try {
      started.startLauncher();
      started.startServer();
      return started;
    } catch (RuntimeException e) {
      try (SilentlyCloseable _ = started::endAndSweep) {
        throw e;
      }
    }
  }

  /** Starts the launcher alone, for {@link #command}. */
  public static TestServer startLauncherOnly() {
    TestServer started = new TestServer(Map.of(), null, List.of());
    try {
      started.startLauncher();
      return started;
    } catch (RuntimeException e) {
      started.close();
      throw e;
    }
  }

  private TestServer(
      Map<String, String> settings, @Nullable TestInternet internet, List<String> launcherOptions) {
    this.internet = internet;
    this.launcherOptions = launcherOptions;
    config.put("http.bind", address() + ":" + port);
    config.put("database.url", "sqlite:" + home.resolve("omnirun.db"));
    config.put("state.dir", home.toString());
    config.put("cache.dir", installation.cache().toString());
    config.put("templates.dir", installation.directory().resolve("templates").toString());
    config.put("templates.enabled", "base");
    config.put("launcher.socket", run.resolve("launcher.sock").toString());
    config.put("agent.binary", installation.directory().resolve("agent").toString());
    config.put("pool", "*=0");
    config.put("limits.memory-reserve-mib", "256");
    config.put("limits.disk-reserve-mib", "256");
    config.putAll(settings);
    Shell.run("install", "-d", "-m", "0700", "-o", Installation.SERVICE_USER, home.toString());
    Shell.run("install", "-d", "-m", "0755", run.toString());
    writeConfig();
  }

  public Path stateDirectory() {
    return home;
  }

  public URI url() {
    return URI.create("http://" + address() + ":" + port);
  }

  private String address() {
    return internet == null ? "127.0.0.1" : internet.apiAddress();
  }

  /** What a command begins with, so that it runs where this server's host is. */
  private List<String> onHost() {
    return internet == null ? List.of() : internet.enterHost();
  }

  /** A client with the first account's key: an ordinary one, with the default limits. */
  public ApiClient client() {
    return new ApiClient(url(), read(home.resolve("first.key")));
  }

  /** A client of a new account that may run so many sandboxes at a time. */
  public ApiClient clientOfNewAccount(int maxConcurrentSandboxes) {
    return clientOfNewAccount("--max-concurrent", Integer.toString(maxConcurrentSandboxes));
  }

  /** A client of a new account that {@code omnirun admin create-account} makes so. */
  public ApiClient clientOfNewAccount(String... options) {
    List<String> command =
        serverCommand(
            "admin", "create-account", "--config", configFile().toString(), "--name", "test");
    // Tests and benchmarks send as fast as they are answered.
    command.addAll(List.of("--requests-per-second", "1000000"));
    command.addAll(List.of(options));
    String key = Shell.run(command.toArray(String[]::new));
    return new ApiClient(url(), key.lines().reduce((first, last) -> last).orElseThrow());
  }

  /**
   * What a command of {@code omnirun admin} prints, on the host of this server, whether that runs
   * or not; fails if the command does.
   */
  public String admin(String name, String... arguments) {
    List<String> command = serverCommand("admin", name, "--config", configFile().toString());
    command.addAll(List.of(arguments));
    return Shell.run(command.toArray(String[]::new));
  }

  /**
   * Starts another command of the server's program, as its user.
   *
   * @param name {@code doctor} say; it is given the configuration
   * @return the process, with its errors in its output
   */
  public Process command(String name, String... options) {
    return startCommand(serverCommand(name, "--config", configFile().toString()), List.of(options));
  }

  private static Process startCommand(List<String> command, List<String> options) {
    command.addAll(options);
    try {
      return new ProcessBuilder(command)
          .directory(Path.of("/").toFile())
          .redirectErrorStream(true)
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts a program of a test's own as the server's user, with the server's classes behind its
   * own.
   *
   * @param classPath what that user can read
   * @param arguments options of the JVM, the main class, what it is given
   * @return the process; its errors go to {@link #programLog}
   */
  public Process program(List<Path> classPath, String... arguments) {
    List<String> command = javaCommand(classPath);
    command.addAll(List.of(arguments));
    try {
      return new ProcessBuilder(command)
          .directory(Path.of("/").toFile())
          .redirectError(run.resolve("program.log").toFile())
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the program that was started last has written to its errors. */
  public String programLog() {
    return read(run.resolve("program.log"));
  }

  public void setConfig(String key, String value) {
    config.put(key, value);
    writeConfig();
  }

  public void startLauncher() {
    deleteSocketOfKilledLauncher();
    List<String> command = new ArrayList<>(onHost());
    command.addAll(
        List.of(
            installation.launcherBinary().toString(),
            "serve",
            "--socket",
            run.resolve("launcher.sock").toString(),
            "--run-dir",
            run.resolve("launcher").toString(),
            "--instance",
            instance,
            "--uid-base",
            Integer.toString(firstUser()),
            "--server-uid",
            Shell.run("id", "-u", Installation.SERVICE_USER),
            "--server-gid",
            Shell.run("id", "-g", Installation.SERVICE_USER),
            "--state-dir",
            home.toString(),
            "--cache-dir",
            installation.cache().toString()));
    if (internet != null) {
      command.addAll(List.of("--network", TestInternet.GUESTS));
    }
    command.addAll(launcherOptions);
    launcher = start("launcher.log", command);
    Awaitility.await()
        .atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .until(() -> Files.exists(run.resolve("launcher.sock")) || !alive(launcher));
    if (!alive(launcher)) {
      throw new IllegalStateException(
          "the launcher did not start: " + read(run.resolve("launcher.log")));
    }
  }

  /** The machines' users are no other process's of this test run. */
  private static int firstUser() {
    return FIRST_USER + USERS * Integer.getInteger("omnirun.fork", 0);
  }

  /** Or it would be taken for the new one's. */
  private void deleteSocketOfKilledLauncher() {
    try {
      Files.deleteIfExists(run.resolve("launcher.sock"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void startServer() {
    server =
        start(
            "server.log",
            serverCommand(
                "serve",
                "--config",
                configFile().toString(),
                "--api-key-file",
                home.resolve("first.key").toString()));
    ApiClient anonymous = new ApiClient(url(), "");
    Awaitility.await()
        .atMost(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .pollInterval(50, TimeUnit.MILLISECONDS)
        .until(() -> !alive(server) || isReady(anonymous));
    if (!alive(server)) {
      throw new IllegalStateException("the server did not start: " + serverLog());
    }
  }

  /**
   * Whether a sandbox can be made of every template: golden snapshots are looked up after the API
   * answers.
   */
  private boolean isReady(ApiClient client) {
    try {
      String templates = client.get("/status").json().path("templates").toString();
      return Stream.of(config.getOrDefault("templates.enabled", "").split(",", -1))
          .allMatch(name -> templates.contains('"' + name + '"'));
    } catch (UncheckedIOException notYet) {
      return false;
    }
  }

  /** Ends the server as a power cut would: no handler runs. */
  public void killServer() {
    kill(server);
  }

  public void killLauncher() {
    kill(launcher);
  }

  private static void kill(@Nullable Process process) {
    if (process != null) {
      process.destroyForcibly();
      process.onExit().join();
    }
  }

  /** Asks the server to end and waits until it has. */
  public void stopServer() {
    if (server != null) {
      server.destroy();
      server.onExit().join();
    }
  }

  public String serverLog() {
    return read(run.resolve("server.log"));
  }

  /** The VMM processes of this server's machines. */
  public List<ProcessHandle> vmms() {
    return ProcessHandle.allProcesses()
        .filter(process -> Cgroups.machineOf(process, instance).isPresent())
        .toList();
  }

  /** The processes of one machine's VMM. */
  public List<ProcessHandle> vmm(String machine) {
    return vmms().stream()
        .filter(process -> Cgroups.machineOf(process, instance).equals(Optional.of(machine)))
        .toList();
  }

  /** The socket in front of the only sandbox's guest. */
  public Path guestSocket() {
    return Path.of(entries(home.resolve("machines")).getFirst(), "guest.sock");
  }

  /** The token that the agent of a sandbox wants, derived as the server does it. */
  public String agentToken(String sandbox) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(Files.readAllBytes(home.resolve("node.secret")), "HmacSHA256"));
      return HexFormat.of().formatHex(mac.doFinal(sandbox.getBytes(StandardCharsets.UTF_8)));
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("the token cannot be derived", e);
    }
  }

  /** The newest golden snapshot of a template in the cache. */
  public Path goldenDirectory(String template) {
    return entries(installation.cache().resolve("golden")).stream()
        .map(Path::of)
        .filter(golden -> Files.exists(golden.resolve("template")))
        .filter(golden -> read(golden.resolve("template")).equals(template))
        .max(Comparator.comparing(golden -> golden.toFile().lastModified()))
        .orElseThrow();
  }

  /** The server's resident memory after a garbage collection. */
  public double residentMebibytesAfterCollection() {
    jcmd("GC.run");
    try {
      return ProcessMemory.residentKib(Long.parseLong(serverPid())) / 1024.0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Bytes of the objects that the server's heap holds and that are reachable. */
  public long liveHeapBytes() {
    return jcmd("GC.class_histogram")
        .lines()
        .filter(line -> line.startsWith("Total"))
        .mapToLong(line -> Long.parseLong(line.strip().split(" +")[2]))
        .findFirst()
        .orElseThrow();
  }

  /** Seconds for which the server's compiler threads were at work, waits for a CPU among them. */
  public double compilerSeconds() {
    String counters = jcmd("PerfCounter.print");
    return counter(counters, "java.ci.totalTime") / counter(counters, "sun.os.hrt.frequency");
  }

  private static double counter(String counters, String name) {
    return counters
        .lines()
        .filter(line -> line.startsWith(name + "="))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow();
  }

  private String serverPid() {
    return Shell.run("cat", home.resolve("server.pid").toString());
  }

  private String jcmd(String command) {
    return Shell.run(
        "setpriv",
        "--reuid=" + Installation.SERVICE_USER,
        "--regid=" + Installation.SERVICE_USER,
        "--init-groups",
        installation.java().resolveSibling("jcmd").toString(),
        serverPid(),
        command);
  }

  /**
   * What is left on the host of this server's machines: processes, cgroups, directories, records.
   */
  public List<String> leftovers() {
    return traces().all();
  }

  private MachineTraces traces() {
    return MachineTraces.find(
        instance, home.resolve("machines"), run.resolve("launcher").resolve("machines"));
  }

  private static List<String> entries(Path directory) {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (var stream = Files.list(directory)) {
      return stream.map(Path::toString).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try (SilentlyCloseable _ = this::endAndSweep) {
      requireOnlySandboxes();
    }
  }

  private interface SilentlyCloseable extends AutoCloseable {
    @Override
    void close();
  }

  /** Looks before anything is swept: what an orderly end and a start after a kill have left. */
  private void requireOnlySandboxes() {
    if (!alive(launcher)) {
      startLauncher();
    }
    if (!alive(server)) {
      startServer();
    }
    awaitQuiet();
    int sandboxes = runningSandboxes();
    stopServer();
    MachineTraces left = traces();
    if (left.machines().size() != sandboxes || !left.ofIncompleteMachines().isEmpty()) {
      throw new AssertionError(
          "%d sandboxes run, and left on the host is %s".formatted(sandboxes, left.all()));
    }
  }

  /** Endings and refills that are under way may come to their end. */
  private void awaitQuiet() {
    Awaitility.await()
        .atMost(QUIET_SECONDS, TimeUnit.SECONDS)
        .untilAsserted(
            () -> {
              int wanted = runningSandboxes() + poolTarget();
              MachineTraces found = traces();
              if (found.machines().size() != wanted || !found.ofIncompleteMachines().isEmpty()) {
                throw new AssertionError(
                    "%d machines are for sandboxes and the pool, and on the host is %s"
                        .formatted(wanted, found.all()));
              }
            });
  }

  private int runningSandboxes() {
    return new ApiClient(url(), "").get("/status").json().path("active_sandboxes").asInt();
  }

  /** How many clones the pool keeps when it is full. */
  private int poolTarget() {
    Map<String, Integer> sizes = new HashMap<>();
    for (String entry : config.getOrDefault("pool", "").split(",", -1)) {
      String[] parts = entry.split("=", 2);
      sizes.put(parts[0].strip(), Integer.valueOf(parts[1].strip()));
    }
    return Stream.of(config.getOrDefault("templates.enabled", "").split(",", -1))
        .mapToInt(template -> sizes.getOrDefault(template, sizes.getOrDefault("*", 0)))
        .sum();
  }

  private void endAndSweep() {
    stopServer();
    if (launcher != null) {
      launcher.destroy();
      launcher.onExit().join();
    }
    List<String> sweep = new ArrayList<>(onHost());
    sweep.addAll(
        List.of(
            installation.launcherBinary().toString(),
            "sweep",
            "--instance",
            instance,
            "--run-dir",
            run.resolve("launcher").toString()));
    Shell.run(sweep.toArray(String[]::new));
    if (System.getProperty("omnirun.keep") != null) {
      System.out.println("kept, and not looked at for leftovers: " + home + ", " + run);
      return;
    }
    Shell.run("rm", "-rf", home.toString(), run.toString());
    requireNothing();
  }

  private void requireNothing() {
    List<String> left = new ArrayList<>(leftovers());
    Cgroups.parents(instance).forEach(parent -> left.add(parent.toString()));
    if (read(Path.of("/proc/mounts")).contains(instance)) {
      left.add("a mount");
    }
    if (!left.isEmpty()) {
      throw new AssertionError("left on the host after the sweep: " + left);
    }
  }

  /** What the server and its user's programs are configured with. */
  public Path configFile() {
    return home.resolve("server.properties");
  }

  private void writeConfig() {
    StringBuilder text = new StringBuilder();
    config.forEach((key, value) -> text.append(key).append('=').append(value).append('\n'));
    try {
      Files.writeString(configFile(), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Shell.run("chown", Installation.SERVICE_USER, configFile().toString());
  }

  private List<String> serverCommand(String... arguments) {
    List<String> command = javaCommand(List.of());
    command.add("io.omnirun.app.Main");
    command.addAll(List.of(arguments));
    return command;
  }

  /**
   * @param classPath comes before the server's
   */
  private List<String> javaCommand(List<Path> classPath) {
    List<String> entries = new ArrayList<>(classPath.stream().map(Path::toString).toList());
    entries.add(installation.directory().resolve("lib") + "/*");
    List<String> command = new ArrayList<>(onHost());
    command.addAll(
        List.of(
            "setpriv",
            "--reuid=" + Installation.SERVICE_USER,
            "--regid=" + Installation.SERVICE_USER,
            "--init-groups",
            "env",
            "-i",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME=/var/lib/omnirun",
            "LANG=C.UTF-8",
            "TMPDIR=/var/lib/omnirun/tmp",
            installation.java().toString(),
            "-Xmx256m",
            "-XX:-G1UseAdaptiveIHOP",
            "-XX:InitiatingHeapOccupancyPercent=70",
            "-XX:+ExitOnOutOfMemoryError",
            "-Djdk.pollerMode=1",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            String.join(File.pathSeparator, entries)));
    return command;
  }

  private Process start(String log, List<String> command) {
    try {
      return new ProcessBuilder(command)
          .directory(Path.of("/").toFile())
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.appendTo(run.resolve(log).toFile()))
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean alive(@Nullable Process process) {
    return process != null && process.isAlive();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
