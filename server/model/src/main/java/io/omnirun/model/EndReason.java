package io.omnirun.model;

import java.util.Locale;

/** Why a sandbox ended, or is being ended. */
public enum EndReason {
  /** Its owner has ended it. */
  KILLED,
  /** Its deadline has passed. */
  TIMEOUT,
  /** Nobody has used it for long. */
  IDLE,
  /** It could not be made, or its machine broke. */
  FAILED;

  /** As the API and the store spell it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The reason that {@code text} spells. */
  public static EndReason ofText(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
