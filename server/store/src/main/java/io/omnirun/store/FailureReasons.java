package io.omnirun.store;

/** Makes the reason of a failure fit to be stored: a guest may have had a hand in it. */
final class FailureReasons {
  /** Enough for a message to people; a guest shall not fill the database. */
  static final int MAX_CHARACTERS = 2_000;

  private static final int REPLACEMENT = 0xFFFD;

  private FailureReasons() {}

  /**
   * The first characters of {@code reason}, those replaced that PostgreSQL refuses: NUL and halves
   * of surrogate pairs. A refused reason would leave the sandbox unfinished.
   */
  static String storable(String reason) {
    return reason
        .codePoints()
        .limit(MAX_CHARACTERS)
        .map(point -> isStorable(point) ? point : REPLACEMENT)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  private static boolean isStorable(int point) {
    return point != 0 && Character.getType(point) != Character.SURROGATE;
  }
}
