package io.omnirun.machine.firecracker;

import java.nio.file.Path;

/**
 * The files of one golden snapshot. A directory in its place is complete: it is renamed there.
 *
 * @param path the directory
 */
record GoldenFiles(Path path) {
  Path state() {
    return path.resolve("state");
  }

  Path memory() {
    return path.resolve("mem");
  }

  Path disk() {
    return path.resolve("disk.img");
  }

  /** Where in the disk data lies. */
  Path diskExtents() {
    return path.resolve("disk.extents");
  }

  Path manifest() {
    return path.resolve("manifest.json");
  }
}
