package io.omnirun.machine.firecracker;

import java.nio.file.Path;

/**
 * A base image in the cache.
 *
 * @param hash its name
 */
record BaseImageFile(String hash, Path path) {
  static BaseImageFile of(Path cacheDir, String hash) {
    return new BaseImageFile(hash, cacheDir.resolve("images").resolve(hash).resolve("base.img"));
  }
}
