package io.omnirun.app;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a host with tenants who do not know each other should be like, beyond being able to run
 * guests. The list is Firecracker's for production hosts, and as true of QEMU.
 *
 * @param root where the kernel's files are found, {@code /} but in tests
 * @param trusted what the launcher and the server believe: nobody else may write there
 * @param secret directories that only the server's user may enter
 */
record ProductionHost(Path root, List<Path> trusted, List<Path> secret) {
  private static final int STICKY = 01000;
  private static final int OTHERS_WRITE = 02;
  private static final int OTHERS = 07;
  private static final int NOT_THE_OWNER = 077;

  /** The console gets errors and what is worse, as with {@code quiet}. */
  private static final int QUIET_LEVEL = 4;

  /** KVM's own default; guests may ask for timers as short as this. */
  private static final int SHORTEST_TIMER_MICROSECONDS = 200;

  /** The least that a setting must be. What a kernel does not have is not missed. */
  private static final Map<String, Integer> AT_LEAST =
      new TreeMap<>(
          Map.of(
              "kernel.dmesg_restrict", 1,
              "kernel.kptr_restrict", 1,
              "kernel.perf_event_paranoid", 2,
              "kernel.randomize_va_space", 2,
              "kernel.unprivileged_bpf_disabled", 1,
              "kernel.yama.ptrace_scope", 1,
              "fs.protected_hardlinks", 1,
              "fs.protected_symlinks", 1));

  /** The most that a setting may be. */
  private static final Map<String, Integer> AT_MOST =
      new TreeMap<>(Map.of("fs.suid_dumpable", 0, "vm.unprivileged_userfaultfd", 0));

  /** All findings, in the order in which they are read. */
  List<Finding> findings() {
    return List.of(
        smt(), swap(), ksm(), mitigations(), ecc(), settings(), console(), kvmModule(), access());
  }

  private Finding smt() {
    return number("sys/devices/system/cpu/smt/active").orElse(0) == 0
        ? Finding.good("smt", "off: no two guests share a core at a time")
        : Finding.worse(
            "smt",
            "on: guests on one core's threads can spy on each other's caches",
            "boot with nosmt, or write off to /sys/devices/system/cpu/smt/control");
  }

  private Finding swap() {
    List<String> disks =
        lines("proc/swaps").stream()
            .skip(1)
            .map(line -> line.split("\\s+", 2)[0])
            .filter(device -> !device.startsWith("/dev/zram"))
            .toList();
    return disks.isEmpty()
        ? Finding.good("swap", "off: no guest's memory is written to a disk")
        : Finding.worse(
            "swap",
            "on " + String.join(", ", disks) + ": guests' memory may stay there",
            "swapoff -a and take it out of /etc/fstab, or encrypt it");
  }

  private Finding ksm() {
    return number("sys/kernel/mm/ksm/run").orElse(0) != 1
        ? Finding.good("ksm", "off: equal pages are not merged")
        : Finding.worse(
            "ksm",
            "on: who finds out which pages are merged knows what others have in memory",
            "write 2 to /sys/kernel/mm/ksm/run and disable ksmtuned");
  }

  private Finding mitigations() {
    Path directory = root.resolve("sys/devices/system/cpu/vulnerabilities");
    List<String> open = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        if (HostFiles.lines(entry).stream().anyMatch(line -> line.startsWith("Vulnerable"))) {
          open.add(entry.getFileName().toString());
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      return Finding.worse(
          "mitigations", "not known: " + e, "use a kernel that tells, Linux 4.15 or newer");
    }
    open.sort(null);
    return open.isEmpty()
        ? Finding.good("mitigations", "the kernel knows of no hole of this CPU that is open")
        : Finding.worse(
            "mitigations",
            "the CPU is open to " + String.join(", ", open),
            "update microcode and kernel, and boot without mitigations=off and its like");
  }

  private Finding ecc() {
    return Files.exists(root.resolve("sys/devices/system/edac/mc/mc0"))
        ? Finding.good("ecc", "the kernel watches memory that corrects errors")
        : Finding.worse(
            "ecc",
            "no memory that corrects errors is seen: rows that are hammered may flip others' bits",
            "use ECC memory with TRR; in a virtual machine ask whose host it is");
  }

  private Finding settings() {
    Map<String, Integer> wanted = new TreeMap<>();
    AT_LEAST.forEach(
        (name, least) ->
            setting(name).filter(value -> value < least).ifPresent(v -> wanted.put(name, least)));
    AT_MOST.forEach(
        (name, most) ->
            setting(name).filter(value -> value > most).ifPresent(v -> wanted.put(name, most)));
    return wanted.isEmpty()
        ? Finding.good("kernel", "its settings tell and allow ordinary users little")
        : Finding.worse(
            "kernel",
            wanted.keySet().stream()
                .map(name -> name + " is " + setting(name).orElseThrow())
                .collect(Collectors.joining(", ")),
            wanted.entrySet().stream()
                .map(entry -> entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining(" ", "sysctl -w ", "; and in /etc/sysctl.d")));
  }

  private Finding console() {
    int level =
        lines("proc/sys/kernel/printk").stream()
            .findFirst()
            .flatMap(line -> parsed(line.strip().split("\\s+", 2)[0]))
            .orElse(0);
    return level <= QUIET_LEVEL
        ? Finding.good("console", "quiet: the kernel does not wait for it")
        : Finding.worse(
            "console",
            "the kernel writes what is of level " + level + " and below, and waits for it",
            "boot with quiet loglevel=1");
  }

  private Finding kvmModule() {
    List<String> wrong =
        Stream.of("kvm_intel", "kvm_amd")
            .filter(module -> isOn("sys/module/" + module + "/parameters/nested"))
            .map(module -> module + ".nested=0")
            .collect(Collectors.toCollection(ArrayList::new));
    if (number("sys/module/kvm/parameters/min_timer_period_us")
        .filter(period -> period < SHORTEST_TIMER_MICROSECONDS)
        .isPresent()) {
      wrong.add("kvm.min_timer_period_us=" + SHORTEST_TIMER_MICROSECONDS);
    }
    return wrong.isEmpty()
        ? Finding.good("module", "KVM offers guests no more than they need")
        : Finding.worse(
            "module",
            "KVM lets guests nest machines or keep the host busy with timers",
            "set " + String.join(" ", wrong) + " in /etc/modprobe.d");
  }

  private Finding access() {
    List<String> writable =
        trusted.stream()
            .flatMap(ProductionHost::withParents)
            .distinct()
            .filter(ProductionHost::anybodyWrites)
            .map(Path::toString)
            .toList();
    if (!writable.isEmpty()) {
      return Finding.broken(
          "access",
          "everybody may write to " + String.join(", ", writable) + ", which is trusted",
          "chmod o-w " + String.join(" ", writable));
    }
    List<String> open =
        secret.stream()
            .filter(path -> (mode(path) & NOT_THE_OWNER) != 0)
            .map(path -> "chmod 700 " + path)
            .collect(Collectors.toCollection(ArrayList::new));
    Path kvm = root.resolve("dev/kvm");
    if ((mode(kvm) & OTHERS) != 0) {
      open.add("chmod 660 " + kvm + " (by a rule of udev)");
    }
    return open.isEmpty()
        ? Finding.good("access", "what is trusted or secret is closed to others")
        : Finding.worse("access", "others get where they need not", String.join("; ", open));
  }

  private static Stream<Path> withParents(Path path) {
    return Stream.iterate(path.toAbsolutePath(), step -> step != null, Path::getParent);
  }

  /** In a directory with the sticky bit nobody replaces what is another's. */
  private static boolean anybodyWrites(Path path) {
    int mode = mode(path);
    return (mode & OTHERS_WRITE) != 0 && !(Files.isDirectory(path) && (mode & STICKY) != 0);
  }

  /** What cannot be looked at is closed, or not there: 0. */
  private static int mode(Path path) {
    try {
      return (int) Files.getAttribute(path, "unix:mode");
    } catch (IOException e) {
      return 0;
    }
  }

  private boolean isOn(String file) {
    return lines(file).stream().anyMatch(line -> line.equals("Y") || line.equals("1"));
  }

  private Optional<Integer> setting(String name) {
    return number("proc/sys/" + name.replace('.', '/'));
  }

  private Optional<Integer> number(String file) {
    return lines(file).stream().findFirst().flatMap(line -> parsed(line.strip()));
  }

  private static Optional<Integer> parsed(String text) {
    return text.matches("-?\\d{1,9}") ? Optional.of(Integer.valueOf(text)) : Optional.empty();
  }

  private List<String> lines(String file) {
    return HostFiles.lines(root.resolve(file));
  }
}
