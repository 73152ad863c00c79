package io.omnirun.testkit.program;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a process takes of the host's memory now, by proc(5). */
public final class ProcessMemory {
  private ProcessMemory() {}

  /**
   * All that is resident, in KiB.
   *
   * @throws IOException if the process has ended
   */
  public static long residentKib(long pid) throws IOException {
    return kib(pid, "VmRSS:");
  }

  /**
   * What is resident and of no file, in KiB.
   *
   * @throws IOException if the process has ended
   */
  public static long anonymousKib(long pid) throws IOException {
    return kib(pid, "RssAnon:");
  }

  private static long kib(long pid, String field) throws IOException {
    return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
        .filter(line -> line.startsWith(field))
        .map(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow(() -> new IOException("process " + pid + " has ended: no " + field));
  }
}
