package io.omnirun.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Looks at a host without changing it. Needs no privilege and no configuration. */
final class HostExamination {
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

  /** All findings, in the order in which they are read. */
  List<Finding> findings() {
    List<Finding> findings = new ArrayList<>();
    boolean virtualization = cpuVirtualization();
    findings.add(kvm(virtualization));
    findings.add(accelerator(virtualization));
    findings.add(cgroups());
    findings.add(reflink());
    findings.add(memory());
    findings.add(disk());
    findings.add(tapDevice());
    findings.add(programs());
    return findings;
  }

  private static boolean cpuVirtualization() {
    return lines(Path.of("/proc/cpuinfo")).stream()
        .filter(line -> line.startsWith("flags"))
        .anyMatch(line -> line.matches(".*\\b(vmx|svm)\\b.*"));
  }

  /** A node proves nothing: it may be a software hypervisor that runs patched guests alone. */
  private static Finding kvm(boolean virtualization) {
    boolean node = Files.exists(Path.of("/dev/kvm"));
    if (virtualization && node) {
      return Finding.good(
          "kvm",
          "the CPU has vmx or svm and /dev/kvm exists; a guest is tried when the server starts");
    }
    if (node) {
      return Finding.worse(
          "kvm",
          "not usable: /dev/kvm exists, but the CPU shows neither vmx nor svm in /proc/cpuinfo",
          "run on bare metal or turn nested virtualisation on; everything works without, slower");
    }
    return Finding.worse(
        "kvm",
        virtualization
            ? "not usable: the CPU could, but there is no /dev/kvm"
            : "not there: no vmx or svm, no /dev/kvm",
        "load the kvm module, or run on a host that has it; everything works without, slower");
  }

  private static Finding accelerator(boolean virtualization) {
    return virtualization && Files.exists(Path.of("/dev/kvm"))
        ? Finding.good("accelerator", "KVM if the probe's guest answers, else TCG")
        : Finding.worse(
            "accelerator",
            "TCG: guests run about ten times slower than under KVM",
            "see kvm above");
  }

  private static Finding cgroups() {
    List<String> unified = words(Path.of("/sys/fs/cgroup/cgroup.controllers"));
    if (unified.containsAll(CONTROLLERS)) {
      return Finding.good("cgroup", "version 2 with cpu, memory and pids");
    }
    List<String> legacy =
        CONTROLLERS.stream()
            .filter(name -> Files.isDirectory(Path.of("/sys/fs/cgroup", name)))
            .toList();
    if (legacy.containsAll(CONTROLLERS)) {
      return Finding.good(
          "cgroup", "version 1 with cpu, memory and pids (version 2 has " + unified + ")");
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

  private static Finding reflink() {
    Path directory = Path.of(System.getProperty("java.io.tmpdir"));
    try {
      Path source = Files.createTempFile(directory, "omnirun-doctor", ".src");
      Path copy = directory.resolve(source.getFileName() + ".copy");
      try {
        Files.write(source, new byte[8192]);
        boolean works = succeeds("cp", "--reflink=always", source.toString(), copy.toString());
        return works
            ? Finding.good("reflink", "files are cloned without copying in " + directory)
            : Finding.good(
                "reflink",
                "not in "
                    + directory
                    + ": the data blocks of a disk are copied instead, in milliseconds");
      } finally {
        Files.deleteIfExists(copy);
        Files.deleteIfExists(source);
      }
    } catch (IOException e) {
      return Finding.worse(
          "reflink",
          "could not be tried in " + directory + ": " + e.getMessage(),
          "make it writable");
    }
  }

  private static Finding memory() {
    Pattern form = Pattern.compile("MemAvailable:\\s+(\\d+) kB");
    long availableMib =
        lines(Path.of("/proc/meminfo")).stream()
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

  private static Finding disk() {
    Path directory = Path.of("/var/lib");
    try {
      long freeMib = Files.getFileStore(directory).getUsableSpace() / BYTES_PER_MIB;
      String text = freeMib + " MiB free in " + directory;
      return freeMib >= WANTED_DISK_MIB
          ? Finding.good("disk", text)
          : Finding.worse(
              "disk", text, "have at least " + WANTED_DISK_MIB + " MiB for images and sandboxes");
    } catch (IOException e) {
      return Finding.broken(
          "disk", directory + " cannot be looked at: " + e.getMessage(), "mount it");
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
    return lines(file).stream()
        .flatMap(line -> Stream.of(line.split(" ")))
        .filter(word -> !word.isBlank())
        .toList();
  }

  /** An unreadable file tells as much as an empty one: that it is of no use. */
  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }
}
