package io.omnirun.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Says on what a run was made. */
final class HostLine {
  private HostLine() {}

  /** Starts a server for a moment: which VMM and accelerator this host has only that finds out. */
  static String describe() {
    JsonNode machine = machine();
    return "%s %s under %s; %d CPUs (%s), %s GiB, Linux %s"
        .formatted(
            machine.path("vmm").asText(),
            machine.path("vmmVersion").asText(),
            machine.path("accelerator").asText(),
            Runtime.getRuntime().availableProcessors(),
            field("/proc/cpuinfo", "model name"),
            Long.parseLong(field("/proc/meminfo", "MemTotal").replaceAll("\\D", "")) / 1024 / 1024,
            System.getProperty("os.version").replaceAll("^(\\d+\\.\\d+).*", "$1"));
  }

  private static JsonNode machine() {
    try (TestServer server = TestServer.start()) {
      return new ApiClient(server.url(), "").get("/status").expect(200).json().path("machine");
    }
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
