package io.omnirun.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Files in which the kernel describes the host. */
final class HostFiles {
  private HostFiles() {}

  /** An unreadable file tells as much as an empty one: that it is of no use. */
  static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      return List.of();
    }
  }
}
