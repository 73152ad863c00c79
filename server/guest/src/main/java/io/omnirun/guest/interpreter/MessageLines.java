package io.omnirun.guest.interpreter;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Optional;

/**
 * Cuts a guest's bytes into lines. One that is too long, or that there is no memory for, is read to
 * its end, and only its beginning is kept. Used by one thread; another may close it.
 */
final class MessageLines implements AutoCloseable {
  /**
   * A plot has a few hundred kilobytes, a page with all of its scripts some megabytes. What it is
   * made into on its way takes {@link #COST} times as much.
   */
  static final int MAX_LINE_BYTES = 8 * 1024 * 1024;

  /**
   * What a byte of a line costs until its receiver has it: the byte, a character or two while it is
   * parsed, and the byte of the answer.
   */
  static final int COST = 4;

  /** Most lines; these bytes are not accounted for. */
  private static final int SMALL_LINE_BYTES = 4 * 1024;

  private static final int READ_BYTES = 16 * 1024;

  private final InputStream source;
  private final MessageMemory memory;
  private final byte[] read = new byte[READ_BYTES];
  private int position;
  private int limit;
  private byte[] line = new byte[SMALL_LINE_BYTES];
  private int length;

  /** Guarded by this. */
  private long taken;

  private boolean closed;

  /** Stays the caller's. */
  MessageLines(InputStream source, MessageMemory memory) {
    this.source = source;
    this.memory = memory;
  }

  /**
   * A line without its end.
   *
   * @param bytes good until the next is asked for
   * @param omission why it is only its beginning
   */
  record Line(byte[] bytes, int length, Optional<String> omission) {}

  /**
   * The next line; empty at the end.
   *
   * @throws EOFException if it ends within a line
   */
  Optional<Line> next() throws IOException {
    release();
    Optional<String> omission = Optional.empty();
    while (true) {
      if (position == limit && !fill()) {
        if (length > 0 || omission.isPresent()) {
          throw new EOFException("the last line has no end");
        }
        return Optional.empty();
      }
      int end = indexOfNewline();
      if (omission.isEmpty()) {
        omission = append(end - position);
      }
      position = end;
      if (end < limit) {
        position++;
        return Optional.of(new Line(line, length, omission));
      }
    }
  }

  private boolean fill() throws IOException {
    position = 0;
    limit = Math.max(0, source.read(read));
    return limit > 0;
  }

  private int indexOfNewline() {
    for (int i = position; i < limit; i++) {
      if (read[i] == '\n') {
        return i;
      }
    }
    return limit;
  }

  /** Keeps bytes of the line, or says why not. */
  private Optional<String> append(int count) {
    if (length + count > MAX_LINE_BYTES) {
      keepBeginning(count);
      return Optional.of("it has more than %,d bytes".formatted(MAX_LINE_BYTES));
    }
    if (length + count > line.length && !grow(length + count)) {
      keepBeginning(count);
      return Optional.of("the server has no memory for it now");
    }
    System.arraycopy(read, position, line, length, count);
    length += count;
    return Optional.empty();
  }

  /** Enough to know of what kind the line was. */
  private void keepBeginning(int count) {
    byte[] beginning = Arrays.copyOf(line, SMALL_LINE_BYTES);
    int kept = Math.min(length, SMALL_LINE_BYTES);
    int more = Math.min(count, SMALL_LINE_BYTES - kept);
    System.arraycopy(read, position, beginning, kept, more);
    release();
    line = beginning;
    length = kept + more;
  }

  private boolean grow(int wanted) {
    int capacity = Math.min(MAX_LINE_BYTES, Math.max(wanted, 2 * line.length));
    if (!takeUpTo((long) capacity * COST)) {
      return false;
    }
    line = Arrays.copyOf(line, capacity);
    return true;
  }

  private synchronized boolean takeUpTo(long bytes) {
    if (closed || !memory.tryTake(bytes - taken)) {
      return false;
    }
    taken = bytes;
    return true;
  }

  private void release() {
    length = 0;
    if (line.length > SMALL_LINE_BYTES) {
      line = new byte[SMALL_LINE_BYTES];
      giveBack();
    }
  }

  private synchronized void giveBack() {
    memory.giveBack(taken);
    taken = 0;
  }

  /** Gives the memory back, for good. Idempotent; any thread may do it. */
  @Override
  public synchronized void close() {
    closed = true;
    giveBack();
  }
}
