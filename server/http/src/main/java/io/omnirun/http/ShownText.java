package io.omnirun.http;

import java.util.regex.Pattern;

/** Text of a caller as it may stand in messages and logs. */
final class ShownText {
  private static final int MAX_SHOWN_CHARACTERS = 100;
  private static final Pattern UNPRINTABLE = Pattern.compile("[^\\x20-\\x7e]");

  private ShownText() {}

  /** The beginning, with everything that is no printable ASCII replaced. */
  static String shortened(String text) {
    String start = text.substring(0, Math.min(text.length(), MAX_SHOWN_CHARACTERS));
    String ellipsis = text.length() > MAX_SHOWN_CHARACTERS ? "…" : "";
    return UNPRINTABLE.matcher(start).replaceAll("?") + ellipsis;
  }
}
