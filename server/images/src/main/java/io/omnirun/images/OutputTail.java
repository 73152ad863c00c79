package io.omnirun.images;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The last lines a program printed, so that a failure can be understood without keeping everything.
 * Thread-safe.
 */
final class OutputTail {
  /** Enough for the short answers of queries, which are read from here too. */
  private static final int MAX_LINES = 400;

  private final Deque<String> lines = new ArrayDeque<>();

  synchronized void add(String line) {
    if (lines.size() == MAX_LINES) {
      lines.removeFirst();
    }
    lines.addLast(line);
  }

  synchronized List<String> lines() {
    return List.copyOf(lines);
  }
}
