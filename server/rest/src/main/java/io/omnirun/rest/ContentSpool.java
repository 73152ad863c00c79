package io.omnirun.rest;

import io.omnirun.model.OmniRunException;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/**
 * Content kept until it is known where it goes: in memory while it is small, then in a file. Close
 * it. Not thread-safe.
 */
final class ContentSpool implements AutoCloseable {
  /** Most files that agents write are smaller, and need no file of the host. */
  static final int MEMORY_BYTES = 256 * 1024;

  private final byte[] memory;
  private final @Nullable FileChannel file;
  private final SpoolFiles files;

  private ContentSpool(byte[] memory, @Nullable FileChannel file, SpoolFiles files) {
    this.memory = memory;
    this.file = file;
    this.files = files;
  }

  /**
   * Reads {@code content} to its end; blocks for it.
   *
   * @param files give a file, which they get back by close
   * @throws OmniRunException CAPACITY_EXHAUSTED or NO_SPACE if it needs a file and gets none
   */
  static ContentSpool fill(InputStream content, SpoolFiles files) throws IOException {
    byte[] memory = content.readNBytes(MEMORY_BYTES);
    return new ContentSpool(
        memory, memory.length < MEMORY_BYTES ? null : fileOf(content, files), files);
  }

  private static FileChannel fileOf(InputStream content, SpoolFiles files) throws IOException {
    FileChannel file = files.take();
    try {
      content.transferTo(new SpoolOutput(file));
      return file;
    } catch (IOException | RuntimeException e) {
      giveBackAfter(e, file, files);
      throw e;
    }
  }

  private static void giveBackAfter(Exception failure, FileChannel file, SpoolFiles files) {
    try {
      files.giveBack(file);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** The content from its beginning; good until it is opened again or the spool is closed. */
  InputStream open() throws IOException {
    InputStream beginning = new ByteArrayInputStream(memory);
    if (file == null) {
      return beginning;
    }
    file.position(0);
    return new SequenceInputStream(beginning, new Unclosed(Channels.newInputStream(file)));
  }

  /** The file is given back by close alone: a sequence closes what it has read to the end. */
  private static final class Unclosed extends FilterInputStream {
    Unclosed(InputStream content) {
      super(content);
    }

    @Override
    public void close() {}
  }

  @Override
  public void close() throws IOException {
    if (file != null) {
      files.giveBack(file);
    }
  }
}
