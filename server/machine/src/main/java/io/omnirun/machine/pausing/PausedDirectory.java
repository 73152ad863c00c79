package io.omnirun.machine.pausing;

import io.omnirun.machine.TreeRemoval;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The files of one paused machine, all of them encrypted.
 *
 * @param path the directory
 */
public record PausedDirectory(Path path) {
  /** The key of the other files, encrypted by the account's. */
  public Path key() {
    return path.resolve("key");
  }

  /** RAM and device state, in a form of the driver's. */
  public Path ram() {
    return path.resolve("ram");
  }

  /** The shape of the machine, and its disk. */
  public Path disk() {
    return path.resolve("disk");
  }

  /** Whether all the files are here. */
  boolean isWhole() {
    return Stream.of(key(), ram(), disk()).allMatch(Files::isRegularFile);
  }

  /** Removes the directory and all in it. Idempotent. */
  void delete() {
    try {
      Files.walkFileTree(path, new TreeRemoval());
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.INTERNAL, "the files of a paused machine cannot be removed", e);
    }
  }
}
