package io.omnirun.model;

import java.util.Locale;

/**
 * Something that happened below a watched directory.
 *
 * @param path absolute
 */
public record FileChange(Kind kind, String path) {
  /** What happened. A rename is told under the old name; the new one is created. */
  public enum Kind {
    CREATE,
    WRITE,
    REMOVE,
    RENAME;

    /** Its name in the API. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
