package io.omnirun.rest;

import io.omnirun.http.RefusedBodyException;
import java.io.IOException;
import java.io.InputStream;

/**
 * The bytes of a JSON document, read ahead in large pieces. Blocks as its source does. Not
 * thread-safe.
 */
final class JsonBytes {
  /** What {@link #peek} and {@link #next} answer at the end. */
  static final int END = -1;

  private static final int BUFFER_BYTES = 64 * 1024;

  private final InputStream source;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int position;
  private int limit;

  JsonBytes(InputStream source) {
    this.source = source;
  }

  /** The next byte, which stays the next; {@link #END} if there is none. */
  int peek() throws IOException {
    return position < limit || fill() ? buffer[position] & 0xFF : END;
  }

  /** Takes the next byte; {@link #END} if there is none. */
  int next() throws IOException {
    int next = peek();
    if (next != END) {
      position++;
    }
    return next;
  }

  /** Takes the next byte behind white space, which stays the next; {@link #END} if none. */
  int peekToken() throws IOException {
    int next = peek();
    while (next == ' ' || next == '\n' || next == '\r' || next == '\t') {
      position++;
      next = peek();
    }
    return next;
  }

  /** Takes a byte that must be there, white space before it skipped. */
  void expectToken(char expected) throws IOException {
    if (peekToken() != expected) {
      throw malformed("'" + expected + "' is expected");
    }
    position++;
  }

  /**
   * Takes plain text and whole UTF-8 characters as far as they are at hand.
   *
   * @return how many bytes were copied; 0 at a quote, an escape, a control character, broken UTF-8,
   *     a character that is not at hand in full, or the end
   */
  int takeText(byte[] target, int offset, int length) throws IOException {
    if (peek() == END) {
      return 0;
    }
    int reach = Math.min(limit, position + length);
    int end = PlainText.runEnd(buffer, position, reach);
    if (end == position) {
      end = Utf8.runEnd(buffer, position, reach);
    }
    int count = end - position;
    System.arraycopy(buffer, position, target, offset, count);
    position = end;
    return count;
  }

  private boolean fill() throws IOException {
    int count = source.read(buffer);
    position = 0;
    limit = Math.max(count, 0);
    return count > 0;
  }

  /** Refuses the document. */
  static RefusedBodyException malformed(String problem) {
    return new RefusedBodyException(
        InvalidRequest.because("the body is not valid JSON: %s".formatted(problem)));
  }
}
