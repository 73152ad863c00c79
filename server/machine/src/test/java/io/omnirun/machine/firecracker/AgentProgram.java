package io.omnirun.machine.firecracker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** The real agent of this repository, built once. */
final class AgentProgram {
  private static final long BUILD_TIMEOUT_MINUTES = 10;
  private static final Path BINARY = build();

  private AgentProgram() {}

  static Path binary() {
    return BINARY;
  }

  private static Path build() {
    Path binary = Path.of("target/go/agent").toAbsolutePath();
    ProcessBuilder builder =
        new ProcessBuilder("go", "build", "-o", binary.toString(), "./agent/cmd/agent")
            .directory(Path.of("../..").toFile())
            .inheritIO();
    builder.environment().put("CGO_ENABLED", "0");
    try {
      Process build = builder.start();
      if (!build.waitFor(BUILD_TIMEOUT_MINUTES, TimeUnit.MINUTES) || build.exitValue() != 0) {
        throw new IllegalStateException("the agent could not be built");
      }
      return binary;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the agent was built", e);
    }
  }
}
