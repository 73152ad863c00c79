package io.omnirun.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What processes have of the host's memory; a page that n of them share counts an nth for each. */
final class ProcessMemory {
  private static final double KIB_PER_MIB = 1024;

  private ProcessMemory() {}

  /** On the average. */
  static double mebibytesEach(List<Long> pids) {
    return pids.stream().mapToLong(ProcessMemory::pssKib).average().orElse(0) / KIB_PER_MIB;
  }

  /** What the host could still give. */
  static double availableMebibytes() {
    return kibibytes(Path.of("/proc/meminfo"), "MemAvailable:") / KIB_PER_MIB;
  }

  private static long pssKib(long pid) {
    return kibibytes(Path.of("/proc", Long.toString(pid), "smaps_rollup"), "Pss:");
  }

  private static long kibibytes(Path file, String name) {
    try {
      return Files.readAllLines(file).stream()
          .filter(line -> line.startsWith(name))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
