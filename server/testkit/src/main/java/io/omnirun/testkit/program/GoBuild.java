package io.omnirun.testkit.program;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * The Go programs of this repository that tests run: built once by each test run, static as they
 * are installed.
 */
public final class GoBuild {
  /** A module lies two directories below the repository's. */
  private static final Path REPOSITORY = Path.of("../..");

  private static final Path BINARIES = Path.of("target/go").toAbsolutePath();

  /** With an empty cache, on a busy machine. */
  private static final long LIMIT_MINUTES = 10;

  private static final String TEST = ".test";

  private static final ConcurrentHashMap<String, Path> BUILT = new ConcurrentHashMap<>();

  private GoBuild() {}

  /**
   * The binary of a package; blocks for as long as Go builds it.
   *
   * @param packagePath {@code ./agent/cmd/agent} say
   * @throws IllegalStateException if it cannot be built; the compiler's words are printed
   */
  public static Path of(String packagePath) {
    return BUILT.computeIfAbsent(packagePath, path -> build(path, "", List.of("build")));
  }

  /** The tests of a package as a program; otherwise as {@link #of}. */
  public static Path testOf(String packagePath) {
    return BUILT.computeIfAbsent(
        packagePath + TEST, path -> build(packagePath, TEST, List.of("test", "-c")));
  }

  private static Path build(String packagePath, String suffix, List<String> verb) {
    Path binary = BINARIES.resolve(packagePath.replaceAll("[^a-z]", "_") + suffix);
    List<String> command = new ArrayList<>(List.of("go"));
    command.addAll(verb);
    command.addAll(List.of("-o", binary.toString(), packagePath));
    ProcessBuilder builder = new ProcessBuilder(command).directory(REPOSITORY.toFile()).inheritIO();
    builder.environment().put("CGO_ENABLED", "0");
    try {
      Process build = builder.start();
      if (!build.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES) || build.exitValue() != 0) {
        throw new IllegalStateException("go build " + packagePath + " failed");
      }
      return binary;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while " + packagePath + " was built", e);
    }
  }
}
