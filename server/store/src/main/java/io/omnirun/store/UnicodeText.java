package io.omnirun.store;

/** What of a Java string is text: a database takes no halves of surrogate pairs. */
final class UnicodeText {
  private static final int REPLACEMENT = 0xFFFD;

  private UnicodeText() {}

  /** Whether every surrogate in {@code text} has its other half. */
  static boolean isText(String text) {
    return text.codePoints().noneMatch(UnicodeText::isHalfPair);
  }

  /**
   * The first characters of {@code text}, at most so many, those replaced that a database refuses:
   * halves of pairs and, by PostgreSQL alone, NUL.
   */
  static String storable(String text, int maxCharacters) {
    return text.codePoints()
        .limit(maxCharacters)
        .map(point -> point == 0 || isHalfPair(point) ? REPLACEMENT : point)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static boolean isHalfPair(int point) {
    return Character.getType(point) == Character.SURROGATE;
  }
}
