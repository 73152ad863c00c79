package io.omnirun.machine.qemu;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The files of one golden snapshot in the cache. A directory of this name is complete: it is
 * renamed into place.
 *
 * @param path the directory
 */
record GoldenDirectory(Path path) {
  static GoldenDirectory of(Path cacheDir, String hash) {
    return new GoldenDirectory(shelf(cacheDir).resolve(hash));
  }

  /** The directory of all of them. */
  static Path shelf(Path cacheDir) {
    return cacheDir.resolve("golden");
  }

  boolean exists() {
    return Files.isDirectory(path);
  }

  Path ram() {
    return path.resolve("ram");
  }

  Path state() {
    return path.resolve("state");
  }

  Path disk() {
    return path.resolve("disk.img");
  }

  /** Where in the disk data lies. */
  Path diskExtents() {
    return path.resolve("disk.extents");
  }

  /** Which base image its disk belongs to: the hash, as text. */
  Path image() {
    return path.resolve("image");
  }

  /** Which template it is of: for people who look into the cache. */
  Path template() {
    return path.resolve("template");
  }
}
