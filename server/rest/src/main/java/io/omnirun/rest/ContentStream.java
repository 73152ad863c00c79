package io.omnirun.rest;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A part of a request's body as the bytes of a file, read as they arrive. Before it says that it is
 * over, it lets the rest of the document be checked: whoever copies it sees a failure instead of an
 * end, and does not keep what it has copied. Not thread-safe.
 */
final class ContentStream extends InputStream {
  /** Where the bytes come from, as {@link InputStream#read(byte[], int, int)} gives them. */
  @FunctionalInterface
  interface Source {
    int read(byte[] target, int offset, int length) throws IOException;
  }

  /** What is checked when the text has ended and before its reader learns so. */
  @FunctionalInterface
  interface Tail {
    void check() throws IOException;
  }

  private final Source source;
  private final Tail tail;
  private long sizeBytes;
  private boolean exhausted;
  private @Nullable IOException failure;

  ContentStream(Source source, Tail tail) {
    this.source = source;
    this.tail = tail;
  }

  @Override
  public int read() throws IOException {
    byte[] single = new byte[1];
    return read(single, 0, 1) < 0 ? -1 : single[0] & 0xFF;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (failure != null) {
      throw failure;
    }
    if (length == 0 || exhausted) {
      return exhausted ? -1 : 0;
    }
    try {
      return readSource(target, offset, length);
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  private int readSource(byte[] target, int offset, int length) throws IOException {
    int count = source.read(target, offset, length);
    if (count < 0) {
      tail.check();
      exhausted = true;
      return -1;
    }
    sizeBytes += count;
    return count;
  }

  /**
   * Why it could not be read to its end, for whom a reader's own exception does not say so; empty
   * if no read has failed.
   */
  Optional<IOException> failure() {
    return Optional.ofNullable(failure);
  }

  /** How much has been read. */
  long sizeBytes() {
    return sizeBytes;
  }

  /** Whether all of it has been read, and the rest of the document was in order. */
  boolean isExhausted() {
    return exhausted;
  }
}
