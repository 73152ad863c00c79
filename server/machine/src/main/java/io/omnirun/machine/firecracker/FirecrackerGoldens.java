package io.omnirun.machine.firecracker;

import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import io.omnirun.core.ports.GoldenSnapshot;
import io.omnirun.machine.TreeRemoval;
import io.omnirun.machine.disk.DataExtents;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.shelf.DurableFiles;
import io.omnirun.shelf.ShelfLock;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the cache has Firecracker's golden snapshots, whole ones only. Servers may share it.
 * Thread-safe.
 */
final class FirecrackerGoldens {
  /** Writes the files of a snapshot into an empty directory. */
  interface Content {
    void writeTo(GoldenFiles building) throws IOException;
  }

  /**
   * What a clone is made from.
   *
   * @param image hash of the base image
   */
  record Golden(GoldenFiles files, String image, DataExtents disk) {}

  /** Below the cache directory; the launcher knows the name. */
  static final String SHELF = "golden-firecracker";

  private static final String STAGING_PREFIX = ".building-";

  private final Path cacheDir;
  private final Path shelf;
  private final FirecrackerHost host;

  FirecrackerGoldens(Path cacheDir, FirecrackerHost host) {
    this.cacheDir = cacheDir;
    this.shelf = cacheDir.resolve(SHELF);
    this.host = host;
  }

  boolean has(String hash) {
    return Files.isDirectory(shelf.resolve(hash));
  }

  /**
   * The snapshot, looked at closely enough that a restore will not find what could be known before.
   *
   * @throws OmniRunException TEMPLATE_NOT_READY, with what to do
   */
  Golden open(GoldenSnapshot golden) {
    GoldenFiles files = new GoldenFiles(shelf.resolve(golden.hash()));
    try {
      SnapshotManifest manifest = SnapshotManifest.load(files.manifest());
      Path image = BaseImageFile.of(cacheDir, manifest.image()).path();
      manifest.requireFits(golden.hash(), host, files, image);
      return new Golden(files, manifest.image(), DataExtents.load(files.diskExtents()));
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.TEMPLATE_NOT_READY,
          "the template's golden snapshot is missing or damaged; build the template again",
          e);
    }
  }

  /** Keeps a snapshot, unless another server has meanwhile; leaves nothing if it fails. */
  void publish(String hash, Content content) throws IOException {
    Files.createDirectories(shelf);
    try (ShelfLock lock = ShelfLock.acquire(shelf)) {
      removeAbandoned();
      if (!has(hash)) {
        write(shelf.resolve(hash), content);
      }
    }
  }

  /** Whoever has the lock is the only writer. */
  private void removeAbandoned() throws IOException {
    try (DirectoryStream<Path> stale = Files.newDirectoryStream(shelf, STAGING_PREFIX + "*")) {
      for (Path staging : stale) {
        Files.walkFileTree(staging, new TreeRemoval());
      }
    }
  }

  private void write(Path target, Content content) throws IOException {
    Path staging = Files.createTempDirectory(shelf, STAGING_PREFIX);
    try {
      content.writeTo(new GoldenFiles(staging));
      DurableFiles.syncTree(staging);
      Files.move(staging, target, ATOMIC_MOVE);
      DurableFiles.sync(shelf);
    } catch (IOException | RuntimeException e) {
      Files.walkFileTree(staging, new TreeRemoval());
      throw e;
    }
  }
}
