package io.omnirun.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What became of what somebody did. */
public enum AuditOutcome {
  SUCCESS,
  /** It was not allowed, and nothing has changed. */
  REFUSED,
  /** It was allowed, and did not work. */
  FAILED;

  /** As the API and the store spell it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The outcome that {@code text} spells, empty if it spells none. */
  public static Optional<AuditOutcome> parse(String text) {
    return Arrays.stream(values()).filter(outcome -> outcome.text().equals(text)).findFirst();
  }
}
