package io.omnirun.machine.qemu;

import io.omnirun.shelf.DurableFiles;
import io.omnirun.shelf.ShelfLock;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * Where the cache has its golden snapshots. A reader sees all of one or nothing: it is written
 * beside its place, put on disk, and renamed. Servers may share it: one at a time writes, so that
 * what lies beside while nobody writes belongs to the dead. Thread-safe.
 */
final class GoldenShelf {
  /** Writes the files of a snapshot into an empty directory. */
  interface Content {
    void writeTo(GoldenDirectory building) throws IOException;
  }

  private static final String STAGING_PREFIX = ".building-";

  private final Path cacheDir;

  GoldenShelf(Path cacheDir) {
    this.cacheDir = cacheDir;
  }

  /** Where the snapshot of that hash is, or would be. */
  GoldenDirectory directory(String hash) {
    return GoldenDirectory.of(cacheDir, hash);
  }

  /** Removes what killed writers left. Blocks for the seconds that a living one takes. */
  void removeAbandoned() throws IOException {
    Path shelf = Files.createDirectories(GoldenDirectory.shelf(cacheDir));
    try (ShelfLock lock = ShelfLock.acquire(shelf);
        DirectoryStream<Path> abandoned = Files.newDirectoryStream(shelf, STAGING_PREFIX + "*")) {
      abandoned.forEach(staging -> new MachineDirectory(staging).delete());
    }
  }

  /**
   * Keeps a snapshot, unless another server has kept the same one meanwhile. Blocks while another
   * is written; leaves nothing if it fails.
   */
  void publish(String hash, Content content) throws IOException {
    Path shelf = Files.createDirectories(GoldenDirectory.shelf(cacheDir));
    try (ShelfLock lock = ShelfLock.acquire(shelf)) {
      if (!directory(hash).exists()) {
        write(shelf, directory(hash), content);
      }
    }
  }

  private static void write(Path shelf, GoldenDirectory target, Content content)
      throws IOException {
    Path staging = Files.createTempDirectory(shelf, STAGING_PREFIX);
    try {
      content.writeTo(new GoldenDirectory(staging));
      DurableFiles.syncTree(staging);
      Files.move(staging, target.path(), StandardCopyOption.ATOMIC_MOVE);
      DurableFiles.sync(shelf);
    } finally {
      new MachineDirectory(staging).delete();
    }
  }
}
