package io.omnirun.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What apt's answers come from, seen from outside: apt itself takes a second to open it.
 *
 * @param sources files, and directories of files
 */
record AptState(List<Path> sources) {
  AptState {
    sources = List.copyOf(sources);
  }

  /** This host's: the package lists, what is installed, and the configuration. */
  static AptState ofThisHost() {
    return new AptState(
        Stream.of(
                "/var/lib/apt/lists",
                "/var/lib/dpkg/status",
                "/etc/apt/sources.list",
                "/etc/apt/sources.list.d",
                "/etc/apt/preferences",
                "/etc/apt/preferences.d",
                "/etc/apt/apt.conf",
                "/etc/apt/apt.conf.d")
            .map(Path::of)
            .toList());
  }

  /** Another one whenever a file has come, gone, or changed its size or time. */
  String fingerprint() {
    InputHash hash = new InputHash("apt state");
    for (Path source : sources) {
      hash.add(source.toString(), describeAll(source));
    }
    return hash.hex();
  }

  private static List<String> describeAll(Path source) {
    List<String> descriptions = new ArrayList<>();
    descriptions.add(describe(source));
    if (Files.isDirectory(source)) {
      try (Stream<Path> entries = Files.list(source)) {
        entries.sorted().map(AptState::describe).forEach(descriptions::add);
      } catch (IOException e) {
        descriptions.add(absence(e));
      }
    }
    return descriptions;
  }

  private static String describe(Path path) {
    try {
      BasicFileAttributes file =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return "%s %s %d".formatted(path.getFileName(), file.lastModifiedTime(), file.size());
    } catch (IOException e) {
      return path.getFileName() + " " + absence(e);
    }
  }

  /** What this user may not read is nothing to an apt that this user runs, either. */
  private static String absence(IOException reason) {
    return reason instanceof NoSuchFileException ? "missing" : "unreadable";
  }
}
