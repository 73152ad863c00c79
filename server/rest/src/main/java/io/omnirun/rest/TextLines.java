package io.omnirun.rest;

import java.io.IOException;

/**
 * Makes lines of texts that begin and end anywhere: what has no newline yet is held, up to a bound.
 * Used by one thread.
 */
final class TextLines {
  /** A longer line is told in pieces, for a stream may have one that never ends. */
  static final int MAX_CHARACTERS = 64 * 1024;

  /** Takes a line without its newline. */
  interface Sink {
    /**
     * @param continued the next is of the same line
     */
    void accept(String line, boolean continued) throws IOException;
  }

  private final Sink sink;
  private final StringBuilder begun = new StringBuilder();

  TextLines(Sink sink) {
    this.sink = sink;
  }

  /** Tells the lines that this text completes. */
  void add(String text) throws IOException {
    int start = 0;
    int end = text.indexOf('\n');
    while (end >= 0) {
      hold(text, start, end);
      sink.accept(taken(), false);
      start = end + 1;
      end = text.indexOf('\n', start);
    }
    hold(text, start, text.length());
  }

  /** Tells what is held, though its newline has not come. */
  void end() throws IOException {
    if (!begun.isEmpty()) {
      sink.accept(taken(), false);
    }
  }

  private void hold(String text, int from, int to) throws IOException {
    int start = from;
    while (begun.length() + to - start > MAX_CHARACTERS) {
      int cut = wholeCharacters(text, start, start + MAX_CHARACTERS - begun.length());
      begun.append(text, start, cut);
      sink.accept(taken(), true);
      start = cut;
    }
    begun.append(text, start, to);
  }

  /** Not between the halves of a surrogate pair. */
  private static int wholeCharacters(String text, int start, int end) {
    boolean splits = end > start && Character.isHighSurrogate(text.charAt(end - 1));
    return splits ? end - 1 : end;
  }

  private String taken() {
    String line = begun.toString();
    begun.setLength(0);
    return line;
  }
}
