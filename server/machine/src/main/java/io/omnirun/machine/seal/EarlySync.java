package io.omnirun.machine.seal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Puts a file on disk while it is being written, so that little is left to do at its end. An
 * operating system tells of a failed write once, so what was told early is kept until then. Used by
 * one thread.
 */
final class EarlySync {
  /** Enough for a disk to be busy with, little enough to be left at the end. */
  private static final long STEP_BYTES = 32L * 1024 * 1024;

  private final FileChannel file;
  private CompletableFuture<Void> underWay = CompletableFuture.completedFuture(null);
  private long unsynced;

  EarlySync(FileChannel file) {
    this.file = file;
  }

  /** Notes that so many bytes more were written. Does not wait for the disk. */
  void written(int bytes) {
    unsynced += bytes;
    if (unsynced >= STEP_BYTES && underWay.isDone() && !underWay.isCompletedExceptionally()) {
      unsynced = 0;
      underWay = CompletableFuture.runAsync(this::sync, Thread::startVirtualThread);
    }
  }

  private void sync() {
    try {
      file.force(false);
    } catch (IOException e) {
      throw new CompletionException(e);
    }
  }

  /**
   * Returns when all that was written is on disk.
   *
   * @throws IOException also what an early attempt was told
   */
  void finish() throws IOException {
    try {
      underWay.join();
    } catch (CompletionException e) {
      throw new IOException("the file could not be put on disk", e.getCause());
    }
    file.force(true);
  }
}
