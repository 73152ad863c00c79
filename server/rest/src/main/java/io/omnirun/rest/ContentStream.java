package io.omnirun.rest;

import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A JSON string as the bytes of a file, decoded as they are read. Before it says that it is over,
 * it lets the rest of the document be checked: whoever copies it sees a failure instead of an end,
 * and does not keep what it has copied. Not thread-safe.
 */
final class ContentStream extends InputStream {
  /** What is checked when the text has ended and before its reader learns so. */
  @FunctionalInterface
  interface Tail {
    void check() throws IOException;
  }

  private final JsonText text;
  private final Tail tail;
  private long sizeBytes;
  private boolean exhausted;
  private @Nullable IOException failure;

  ContentStream(JsonText text, Tail tail) {
    this.text = text;
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
      return readText(target, offset, length);
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  private int readText(byte[] target, int offset, int length) throws IOException {
    int count = text.read(target, offset, length);
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
