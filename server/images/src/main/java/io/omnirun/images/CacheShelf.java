package io.omnirun.images;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import io.omnirun.shelf.DurableFiles;
import io.omnirun.shelf.ShelfLock;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Optional;

/**
 * A directory of finished things, each a directory named by the hash of its inputs. A thing appears
 * whole, by a rename, or not at all; what a killed builder left is removed by the next.
 * Thread-safe, also between processes.
 */
final class CacheShelf {
  /** Makes the content of a new, empty directory. */
  interface Filler {
    void fill(Path staging) throws IOException, ProgramFailedException;
  }

  private static final String STAGING_PREFIX = ".building-";

  /**
   * Builders in a user namespace are other users here, so they must be let through; since nobody
   * may list the shelf, nobody else finds the way to a staging directory.
   */
  private static final String PASSABLE = "rwx--x--x";

  private final Path directory;
  private final TreeRemover remover;
  private final SecureRandom random = new SecureRandom();

  CacheShelf(Path directory, TreeRemover remover) {
    this.directory = directory;
    this.remover = remover;
  }

  /** The finished thing with that hash. */
  Optional<Path> find(String hash) {
    return Optional.of(directory.resolve(hash)).filter(Files::isDirectory);
  }

  /**
   * The thing with that hash, filled now if it is missing. Blocks while another builder is at work
   * on this shelf.
   */
  Path obtain(String hash, Filler filler) throws IOException, ProgramFailedException {
    Optional<Path> finished = find(hash);
    if (finished.isPresent()) {
      return finished.get();
    }
    makePassable(directory);
    try (ShelfLock lock = ShelfLock.acquire(directory)) {
      removeStale();
      Path target = directory.resolve(hash);
      return Files.isDirectory(target) ? target : build(target, filler);
    }
  }

  private Path build(Path target, Filler filler) throws IOException, ProgramFailedException {
    byte[] unguessable = new byte[16];
    random.nextBytes(unguessable);
    String suffix = HexFormat.of().formatHex(unguessable);
    Path staging = directory.resolve(STAGING_PREFIX + target.getFileName() + "-" + suffix);
    try {
      makePassable(staging);
      filler.fill(staging);
      DurableFiles.syncTree(staging);
      Files.move(staging, target, ATOMIC_MOVE);
      DurableFiles.sync(directory);
      return target;
    } catch (IOException | ProgramFailedException | RuntimeException e) {
      removeAfter(staging, e);
      throw e;
    }
  }

  private void removeAfter(Path staging, Exception failure) {
    try {
      remover.remove(staging);
    } catch (ProgramFailedException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Whoever holds the lock is the only builder, so every staging directory belongs to a dead one.
   */
  private void removeStale() throws IOException, ProgramFailedException {
    try (DirectoryStream<Path> stale = Files.newDirectoryStream(directory, STAGING_PREFIX + "*")) {
      for (Path staging : stale) {
        remover.remove(staging);
      }
    }
  }

  private static void makePassable(Path path) throws IOException {
    Files.createDirectories(path);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(PASSABLE));
  }
}
