package io.omnirun.testkit.firecracker;

import java.nio.file.Path;

/**
 * Where a fake works.
 *
 * @param root of absolute names
 * @param directory of all others
 * @param guest where what its guest needs is put; does not exist yet
 */
record FakePlaces(Path root, Path directory, Path guest) {
  /** Those of an ordinary process. */
  static final FakePlaces OWN = new FakePlaces(Path.of("/"), Path.of(""), Path.of("guest"));

  /** A file by the name that the API uses. */
  Path file(String name) {
    return name.startsWith("/") ? root.resolve(name.substring(1)) : directory.resolve(name);
  }
}
