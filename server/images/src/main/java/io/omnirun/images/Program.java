package io.omnirun.images;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A program of the host to be run.
 *
 * @param command the program and its arguments; no shell reads them
 * @param directory where it starts
 * @param environment added to the small one that every program gets
 * @param timeout how long it may run before it is killed
 */
record Program(
    List<String> command, Path directory, Map<String, String> environment, Duration timeout) {
  /** For what only reads or writes a few local files; generous, for a loaded host. */
  private static final Duration SHORT = Duration.ofMinutes(5);

  /** Packages of a gigabyte come over a slow line in this time; what takes longer hangs. */
  private static final Duration LONG = Duration.ofMinutes(60);

  Program {
    command = List.copyOf(command);
    environment = Map.copyOf(environment);
  }

  /** A program that is done in seconds and is told absolute paths. */
  static Program quick(String... command) {
    return new Program(List.of(command), Path.of("/"), Map.of(), SHORT);
  }

  /** A program that may take many minutes. */
  static Program slow(Path directory, Map<String, String> environment, List<String> command) {
    return new Program(command, directory, environment, LONG);
  }

  String name() {
    return command.getFirst();
  }
}
