package io.omnirun.model;

import java.util.Locale;

/**
 * Where a sandbox stands: {@code creating → running → (pausing → paused → resuming → running)* →
 * killing → killed}, and {@code failed} with a reason from any but killed. What cannot be paused
 * after all runs on, and what cannot be resumed now is paused again.
 */
public enum SandboxState {
  CREATING,
  RUNNING,
  PAUSING,
  PAUSED,
  RESUMING,
  KILLING,
  KILLED,
  FAILED;

  /** Whether it counts against the account's limit of concurrent sandboxes. */
  public boolean isConcurrent() {
    return switch (this) {
      case CREATING, RUNNING, PAUSING, RESUMING -> true;
      case PAUSED, KILLING, KILLED, FAILED -> false;
    };
  }

  /** Whether it counts against the account's limit of paused sandboxes. */
  public boolean isPausedOrNearly() {
    return switch (this) {
      case PAUSING, PAUSED, RESUMING -> true;
      case CREATING, RUNNING, KILLING, KILLED, FAILED -> false;
    };
  }

  /** Whether lists of what lives show it. */
  public boolean isLive() {
    return this == RUNNING || isPausedOrNearly();
  }

  /** Whether it stays so: what comes after is history. */
  public boolean isFinal() {
    return switch (this) {
      case KILLED, FAILED -> true;
      case CREATING, RUNNING, PAUSING, PAUSED, RESUMING, KILLING -> false;
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
