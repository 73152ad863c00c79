package io.omnirun.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Who may see what an exposure shows. */
public enum Visibility {
  /** Whoever knows its host name. */
  PUBLIC,
  /** Whoever has its token. */
  PRIVATE;

  /** As the API and the store spell it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The one that {@code text} spells, empty if it spells none: for text that callers send. */
  public static Optional<Visibility> parse(String text) {
    return Arrays.stream(values()).filter(one -> one.text().equals(text)).findFirst();
  }
}
