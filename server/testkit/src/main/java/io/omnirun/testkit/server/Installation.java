package io.omnirun.testkit.server;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What {@code ./dev} has installed for the unprivileged user that servers run as.
 *
 * @param directory holds {@code lib/}, {@code templates/}, the agent and the launcher
 * @param cache kernels, images and golden snapshots
 * @param java the launcher of the JVM that runs the tests
 */
public record Installation(Path directory, Path cache, Path java) {
  public static final String SERVICE_USER = "omnirun";

  public static Installation find() {
    Path directory = Path.of(System.getProperty("omnirun.install", "/var/lib/omnirun/dev"));
    Path cache = Path.of(System.getProperty("omnirun.cache", "/var/lib/omnirun/.cache/omnirun"));
    if (!Files.isDirectory(directory.resolve("lib"))) {
      throw new IllegalStateException("nothing is installed in " + directory + "; run ./dev test");
    }
    return new Installation(
        directory, cache, Path.of(System.getProperty("java.home"), "bin", "java"));
  }

  public Path launcherBinary() {
    return directory.resolve("omnirun-launcher");
  }
}
