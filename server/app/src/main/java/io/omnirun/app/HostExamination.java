package io.omnirun.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Looks at a host without changing it. Needs no privilege.
 *
 * @param disk a directory on the disk that must have room
 * @param copiedFrom where golden disks are
 * @param copiedTo where machines have their copies of them
 * @param accelerator as configured
 */
record HostExamination(
    Path disk, Path copiedFrom, Path copiedTo, String accelerator, ProductionHost production) {
  /** Program to look for, and the Debian package that has it. */
  private static final Map<String, String> PROGRAMS =
      Map.of(
          "qemu-system-x86_64", "qemu-system-x86",
          "mmdebstrap", "mmdebstrap",
          "mke2fs", "e2fsprogs",
          "newuidmap", "uidmap",
          "nft", "nftables",
          "ip", "iproute2");

  private static final List<String> CONTROLLERS = List.of("cpu", "memory", "pids");
  private static final long KIB_PER_MIB = 1024;
  private static final long BYTES_PER_MIB = 1024 * 1024;

  /** The reserve of the default configuration, a template's clones and one sandbox. */
  private static final long WANTED_MEMORY_MIB = 3 * 1024;

  /** The images of the built-in templates and a few sandboxes' disks. */
  private static final long WANTED_DISK_MIB = 8 * 1024;

  private static final long PROGRAM_SECONDS = 20;

  /** Without a server's configuration: the defaults. */
  static HostExamination ofHost() {
    Path scratch = Path.of(System.getProperty("java.io.tmpdir"));
    return new HostExamination(
        Path.of("/var/lib"),
        scratch,
        scratch,
        ConfigKey.ACCELERATOR.fallback().orElseThrow(),
        new ProductionHost(Path.of("/"), List.of(), List.of()));
  }

  static HostExamination ofServer(ServerConfig config) {
    return new HostExamination(
        config.stateDir(),
        config.cacheDir(),
        config.stateDir(),
        config.accelerator(),
        new ProductionHost(
            Path.of("/"),
            List.of(config.cacheDir(), config.templatesDir(), config.agentBinary()),
            List.of(config.stateDir())));
  }

  /** All findings, in the order in which they are read. */
  List<Finding> findings(Trial trial, Finding vmm, Finding links) {
    KvmSight sight = KvmSight.withTrial(trial);
    List<Finding> able =
        List.of(
            vmm,
            sight.kvm(),
            sight.accelerator(accelerator),
            cgroups(),
            reflink(),
            memory(),
            freeDisk(),
            tapDevice(),
            links,
            programs());
    return Stream.concat(able.stream(), production.findings().stream()).toList();
  }

  private static Finding cgroups() {
    List<String> unified = words(Path.of("/sys/fs/cgroup/cgroup.controllers"));
    if (unified.containsAll(CONTROLLERS)) {
      return limits("version 2", unified.contains("io"));
    }
    List<String> legacy =
        CONTROLLERS.stream()
            .filter(name -> Files.isDirectory(Path.of("/sys/fs/cgroup", name)))
            .toList();
    if (legacy.containsAll(CONTROLLERS)) {
      return limits("version 1", Files.isDirectory(Path.of("/sys/fs/cgroup/blkio")));
    }
    return Finding.broken(
        "cgroup",
        "version 2 has "
            + unified
            + ", version 1 has "
            + legacy
            + "; cpu, memory and pids are needed",
        "boot with systemd.unified_cgroup_hierarchy=1, or mount the version 1 hierarchies");
  }

  private static Finding limits(String version, boolean ofDisk) {
    return ofDisk
        ? Finding.good("cgroup", version + " with cpu, memory, pids and io")
        : Finding.worse(
            "cgroup",
            version + " with cpu, memory and pids: no machine's use of the disk is limited",
            "delegate io (version 2), or mount blkio (version 1)");
  }

  private Finding reflink() {
    try {
      return canClone()
          ? Finding.good("reflink", "disks are cloned without copying" + copyDirectories())
          : Finding.worse(
              "reflink",
              "not there" + copyDirectories() + ": a disk's data is copied, in milliseconds",
              "have both on one XFS or btrfs");
    } catch (IOException e) {
      return Finding.worse(
          "reflink",
          "could not be tried" + copyDirectories() + ": " + e,
          "run it as the user who owns them");
    }
  }

  private boolean canClone() throws IOException {
    Path source = Files.createTempFile(copiedFrom, "omnirun-doctor", "");
    try {
      Files.write(source, new byte[8192]);
      Path copy = Files.createTempFile(copiedTo, "omnirun-doctor", "");
      try {
        return succeeds("cp", "--reflink=always", source.toString(), copy.toString());
      } finally {
        Files.delete(copy);
      }
    } finally {
      Files.delete(source);
    }
  }

  private String copyDirectories() {
    return copiedFrom.equals(copiedTo)
        ? " in " + copiedFrom
        : " from " + copiedFrom + " to " + copiedTo;
  }

  private static Finding memory() {
    Pattern form = Pattern.compile("MemAvailable:\\s+(\\d+) kB");
    long availableMib =
        HostFiles.lines(Path.of("/proc/meminfo")).stream()
            .map(form::matcher)
            .filter(Matcher::matches)
            .mapToLong(match -> Long.parseLong(match.group(1)) / KIB_PER_MIB)
            .findFirst()
            .orElse(0);
    String text = availableMib + " MiB available";
    return availableMib >= WANTED_MEMORY_MIB
        ? Finding.good("memory", text)
        : Finding.worse(
            "memory",
            text,
            "have at least " + WANTED_MEMORY_MIB + " MiB, or lower the pool and the reserve");
  }

  private Finding freeDisk() {
    try {
      long freeMib = Files.getFileStore(disk).getUsableSpace() / BYTES_PER_MIB;
      String text = freeMib + " MiB free in " + disk;
      return freeMib >= WANTED_DISK_MIB
          ? Finding.good("disk", text)
          : Finding.worse(
              "disk", text, "have at least " + WANTED_DISK_MIB + " MiB for images and sandboxes");
    } catch (IOException e) {
      return Finding.broken("disk", disk + " cannot be looked at: " + e, "make or mount it");
    }
  }

  private static Finding tapDevice() {
    return Files.exists(Path.of("/dev/net/tun"))
        ? Finding.good("network", "/dev/net/tun is there for the guests' cards")
        : Finding.broken("network", "/dev/net/tun is missing", "modprobe tun");
  }

  private static Finding programs() {
    List<String> missing =
        PROGRAMS.entrySet().stream()
            .filter(program -> !onPath(program.getKey()))
            .map(Map.Entry::getValue)
            .sorted()
            .toList();
    return missing.isEmpty()
        ? Finding.good("packages", "all there")
        : Finding.broken(
            "packages",
            "missing: " + String.join(", ", missing),
            "apt-get install " + String.join(" ", missing));
  }

  private static boolean onPath(String program) {
    return Stream.of("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }

  private static boolean succeeds(String... command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      return process.waitFor(PROGRAM_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      process.destroyForcibly();
    }
  }

  private static List<String> words(Path file) {
    return HostFiles.lines(file).stream()
        .flatMap(line -> Stream.of(line.split(" ")))
        .filter(word -> !word.isBlank())
        .toList();
  }
}
