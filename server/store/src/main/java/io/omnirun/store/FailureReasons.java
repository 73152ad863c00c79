package io.omnirun.store;

/** Makes the reason of a failure fit to be stored: a guest may have had a hand in it. */
final class FailureReasons {
  /** Enough for a message to people; a guest shall not fill the database. */
  static final int MAX_CHARACTERS = 2_000;

  private FailureReasons() {}

  /** A reason that the database refused would leave the sandbox unfinished, so it is mended. */
  static String storable(String reason) {
    return UnicodeText.storable(reason, MAX_CHARACTERS);
  }
}
