package io.omnirun.rest;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes the bytes of a file as the inside of a JSON string, as they are read: escaped where JSON
 * wants it, U+FFFD for what is not UTF-8. Used once, by one thread.
 */
final class JsonTextWriter {
  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int ASCII_CHARACTERS = 128;
  private static final byte[][] ESCAPES = escapes();

  private final OutputStream target;
  private final byte[] buffer = new byte[BUFFER_BYTES];

  JsonTextWriter(OutputStream target) {
    this.target = target;
  }

  /** Copies {@code source} to its end; blocks for both. Neither is closed. */
  void copy(InputStream source) throws IOException {
    int kept = 0;
    int count = source.read(buffer, 0, BUFFER_BYTES);
    while (count >= 0) {
      int limit = kept + count;
      int written = write(limit);
      kept = limit - written;
      System.arraycopy(buffer, written, buffer, 0, kept);
      count = source.read(buffer, kept, BUFFER_BYTES - kept);
    }
    if (kept > 0) {
      target.write(Utf8.REPLACEMENT);
    }
  }

  /** Writes what the buffer holds but for the beginning of a character at its end. */
  private int write(int limit) throws IOException {
    int position = 0;
    while (position < limit) {
      int end = PlainText.runEnd(buffer, position, limit);
      end = end == position ? Utf8.runEnd(buffer, position, limit) : end;
      target.write(buffer, position, end - position);
      position = end;
      if (position < limit) {
        int special = writeSpecial(position, limit);
        if (special == Utf8.INCOMPLETE) {
          return position;
        }
        position += special;
      }
    }
    return position;
  }

  /** Writes what cannot be copied as it stands, if it is not whole text; how many bytes it took. */
  private int writeSpecial(int position, int limit) throws IOException {
    int length = Utf8.check(buffer, position, limit);
    if (length < 0) {
      target.write(Utf8.REPLACEMENT);
      return -length;
    }
    if (length == 1) {
      target.write(ESCAPES[buffer[position]]);
      return 1;
    }
    target.write(buffer, position, length);
    return length;
  }

  private static byte[][] escapes() {
    byte[][] escapes = new byte[ASCII_CHARACTERS][];
    for (int i = 0; i < ASCII_CHARACTERS; i++) {
      escapes[i] = escape((char) i).getBytes(StandardCharsets.US_ASCII);
    }
    return escapes;
  }

  private static String escape(char character) {
    return switch (character) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default -> character < ' ' ? "\\u%04x".formatted((int) character) : String.valueOf(character);
    };
  }
}
