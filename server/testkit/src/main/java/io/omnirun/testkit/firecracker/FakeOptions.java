package io.omnirun.testkit.firecracker;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * How one process of the fake was started.
 *
 * @param socket of its API
 * @param version which Firecracker it plays
 * @param places where it finds what it is told of, and puts its guest
 * @param faults what it shall do wrong; see {@link FakeFirecracker.Fault}
 */
record FakeOptions(
    String id, String socket, String version, Path agent, FakePlaces places, Set<String> faults) {
  boolean has(String fault) {
    return faults.contains(fault);
  }

  boolean isAtLeast(int major, int minor) {
    String[] parts = version.split("\\.");
    int ownMajor = Integer.parseInt(parts[0]);
    return ownMajor > major || ownMajor == major && Integer.parseInt(parts[1]) >= minor;
  }

  /** The form of snapshots has changed with almost every minor version (facts sheet 2.5). */
  String snapshotVersion() {
    return snapshotVersion(version);
  }

  static String snapshotVersion(String version) {
    int minor = Integer.parseInt(version.split("\\.")[1]);
    int major =
        switch (minor) {
          case 16 -> 10;
          case 15 -> 9;
          case 13, 14 -> 8;
          case 12 -> 7;
          default -> minor - 5;
        };
    return "v" + major + ".0.0";
  }

  static Optional<String> variable(String name) {
    return Optional.ofNullable(System.getenv(name)).filter(value -> !value.isEmpty());
  }
}
