package io.omnirun.rest;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.Semaphore;

/**
 * The files of the host that hold content until it is known where it goes: so many at a time. They
 * have no name any more, so that they are gone with the process however that ends. Thread-safe.
 */
final class SpoolFiles {
  /** Makes an empty file. */
  @FunctionalInterface
  interface Source {
    FileChannel open() throws IOException;
  }

  private final Semaphore permits;
  private final Source source;

  SpoolFiles(int count, Source source) {
    this.permits = new Semaphore(count);
    this.source = source;
  }

  /** So many, in the directory for temporary files. */
  static SpoolFiles temporary(int count) {
    return new SpoolFiles(count, SpoolFiles::unnamedFile);
  }

  private static FileChannel unnamedFile() throws IOException {
    Path path = Files.createTempFile("omnirun-content-", "");
    try {
      return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } finally {
      Files.delete(path);
    }
  }

  /**
   * An empty file. The caller gives it back.
   *
   * @throws OmniRunException CAPACITY_EXHAUSTED if there are as many as there may be, NO_SPACE
   */
  FileChannel take() {
    if (!permits.tryAcquire()) {
      throw new OmniRunException(
          ErrorCode.CAPACITY_EXHAUSTED,
          "too many large files are being written: try again, or send path and user before content");
    }
    try {
      return source.open();
    } catch (IOException e) {
      permits.release();
      throw noSpace(e);
    }
  }

  /** Closes a file that was taken; for others there is room then. */
  void giveBack(FileChannel file) throws IOException {
    try {
      file.close();
    } finally {
      permits.release();
    }
  }

  /** What a caller is told when such a file does not take what it is given. */
  static OmniRunException noSpace(IOException cause) {
    return new OmniRunException(
        ErrorCode.NO_SPACE,
        "the server's own disk is too full to keep the content: try again later, or send path and"
            + " user before content",
        cause);
  }
}
