package io.omnirun.rest;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * Content kept until it is known where it goes: in memory while it is small, then in a file that
 * has no name any more, so that it is gone with the process however that ends. Close it. Not
 * thread-safe.
 */
final class ContentSpool implements AutoCloseable {
  /** Most files that agents write are smaller, and need no file of the host. */
  static final int MEMORY_BYTES = 256 * 1024;

  private final byte[] memory;
  private final int memoryBytes;
  private final @Nullable FileChannel file;
  private final Semaphore files;

  private ContentSpool(
      byte[] memory, int memoryBytes, @Nullable FileChannel file, Semaphore files) {
    this.memory = memory;
    this.memoryBytes = memoryBytes;
    this.file = file;
    this.files = files;
  }

  /**
   * Reads {@code content} to its end; blocks for it.
   *
   * @param files as many spools as permits may have a file; the permit is given back by close
   * @throws OmniRunException CAPACITY_EXHAUSTED if all permits are taken
   */
  static ContentSpool fill(InputStream content, Semaphore files) throws IOException {
    byte[] memory = new byte[MEMORY_BYTES];
    int memoryBytes = content.readNBytes(memory, 0, memory.length);
    Optional<FileChannel> file =
        memoryBytes < memory.length ? Optional.empty() : Optional.of(fileOf(content, files));
    return new ContentSpool(memory, memoryBytes, file.orElse(null), files);
  }

  private static FileChannel fileOf(InputStream content, Semaphore files) throws IOException {
    if (!files.tryAcquire()) {
      throw new OmniRunException(
          ErrorCode.CAPACITY_EXHAUSTED,
          "too many large files are being written: try again, or send path and user before content");
    }
    FileChannel file = null;
    try {
      file = unnamedFile();
      OutputStream target = Channels.newOutputStream(file);
      content.transferTo(target);
      file.position(0);
      return file;
    } catch (IOException | RuntimeException e) {
      closeAfter(e, file);
      files.release();
      throw e;
    }
  }

  private static FileChannel unnamedFile() throws IOException {
    Path path = Files.createTempFile("omnirun-content-", "");
    try {
      return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
    } finally {
      Files.delete(path);
    }
  }

  private static void closeAfter(Exception failure, @Nullable FileChannel file) {
    try {
      if (file != null) {
        file.close();
      }
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** The content from its beginning; to be opened once. Good until the spool is closed. */
  InputStream open() {
    InputStream beginning = new ByteArrayInputStream(memory, 0, memoryBytes);
    return file == null
        ? beginning
        : new SequenceInputStream(beginning, Channels.newInputStream(file));
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      try {
        file.close();
      } finally {
        files.release();
      }
    }
  }
}
