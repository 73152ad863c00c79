package io.omnirun.bench;

import io.omnirun.testkit.server.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Says on what a run was made. */
final class HostLine {
  private HostLine() {}

  static String describe() {
    String qemu = Shell.run("qemu-system-x86_64", "--version").lines().findFirst().orElse("?");
    return "%s, TCG; %d CPUs (%s), %s GiB, Linux %s"
        .formatted(
            qemu.replaceAll(" \\(.*", ""),
            Runtime.getRuntime().availableProcessors(),
            field("/proc/cpuinfo", "model name"),
            Long.parseLong(field("/proc/meminfo", "MemTotal").replaceAll("\\D", "")) / 1024 / 1024,
            System.getProperty("os.version").replaceAll("^(\\d+\\.\\d+).*", "$1"));
  }

  private static String field(String file, String name) {
    try {
      return Files.readAllLines(Path.of(file)).stream()
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("?");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
