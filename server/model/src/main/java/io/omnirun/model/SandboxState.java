package io.omnirun.model;

import java.util.Locale;

/**
 * Where a sandbox stands: {@code creating → running → killing → killed}, and {@code failed} with a
 * reason from any but killed.
 */
public enum SandboxState {
  CREATING,
  RUNNING,
  KILLING,
  KILLED,
  FAILED;

  /** Whether it counts against the account's limit of concurrent sandboxes. */
  public boolean isConcurrent() {
    return switch (this) {
      case CREATING, RUNNING -> true;
      case KILLING, KILLED, FAILED -> false;
    };
  }

  /** Whether it stays so: what comes after is history. */
  public boolean isFinal() {
    return switch (this) {
      case KILLED, FAILED -> true;
      case CREATING, RUNNING, KILLING -> false;
    };
  }

  /** As the API and the store spell it. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The state that {@code text} spells. */
  public static SandboxState ofText(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }
}
