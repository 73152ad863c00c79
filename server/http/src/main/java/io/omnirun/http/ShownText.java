package io.omnirun.http;

/** Text of a caller as it may stand in messages and logs. */
final class ShownText {
  private static final int MAX_SHOWN_CHARACTERS = 100;

  private ShownText() {}

  /** The beginning, with everything that is no printable ASCII replaced. */
  static String shortened(String text) {
    String start = text.substring(0, Math.min(text.length(), MAX_SHOWN_CHARACTERS));
    String ellipsis = text.length() > MAX_SHOWN_CHARACTERS ? "…" : "";
    return start.replaceAll("[^\\x20-\\x7e]", "?") + ellipsis;
  }
}
