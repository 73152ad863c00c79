package io.omnirun.app;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The one option that every command has. */
final class ConfigOption {
  @Option(
      names = "--config",
      required = true,
      paramLabel = "FILE",
      description = "The configuration file.")
  private @Nullable Path file;

  ServerConfig load() {
    return ServerConfig.load(requireNonNull(file, "file is null"));
  }
}
