package io.omnirun.model;

/** What a caller sent, as a message repeats it: short, and without what could end a line. */
final class ShownInput {
  /** More than that helps nobody to find the entry. */
  private static final int MAX_LENGTH = 80;

  private ShownInput() {}

  static String of(String text) {
    String start = text.length() > MAX_LENGTH ? text.substring(0, MAX_LENGTH) + "..." : text;
    return start.replaceAll("[\\p{C}\\p{Zl}\\p{Zp}\"]", "?");
  }
}
