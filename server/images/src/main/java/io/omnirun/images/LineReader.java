package io.omnirun.images;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.util.function.Consumer;

/** Splits a program's output into lines of bounded length; what is longer is cut, not kept. */
final class LineReader {
  /**
   * A line is for people; a program that prints megabytes without a line feed must not fill our
   * memory.
   */
  private static final int MAX_LINE_CHARS = 1000;

  private final Consumer<String> listener;
  private final StringBuilder line = new StringBuilder();

  LineReader(Consumer<String> listener) {
    this.listener = listener;
  }

  /** Reads to the end of the stream and leaves it open. Blocks. */
  void readAll(InputStream output) throws IOException {
    Reader reader = new InputStreamReader(output, UTF_8);
    char[] buffer = new char[8192];
    for (int count = reader.read(buffer); count >= 0; count = reader.read(buffer)) {
      for (int index = 0; index < count; index++) {
        accept(buffer[index]);
      }
    }
    flush();
  }

  private void accept(char character) {
    if (character == '\n' || character == '\r') {
      flush();
    } else if (line.length() < MAX_LINE_CHARS) {
      line.append(character);
    }
  }

  private void flush() {
    if (!line.isEmpty()) {
      listener.accept(line.toString());
      line.setLength(0);
    }
  }
}
