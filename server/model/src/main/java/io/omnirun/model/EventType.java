package io.omnirun.model;

import java.util.Arrays;
import java.util.Optional;

/** What happens to sandboxes that somebody may want to be told of. */
public enum EventType {
  SANDBOX_CREATED("sandbox.created"),
  SANDBOX_PAUSED("sandbox.paused"),
  SANDBOX_RESUMED("sandbox.resumed"),
  /** Its owner has ended it. */
  SANDBOX_KILLED("sandbox.killed"),
  SANDBOX_FAILED("sandbox.failed"),
  /** Its deadline has ended it, or that nobody used it. */
  SANDBOX_TIMEOUT("sandbox.timeout"),
  EXPOSURE_READY("exposure.ready");

  /** What clients call the first one. */
  private static final String CREATED_ALIAS = "created";

  private final String text;

  EventType(String text) {
    this.text = text;
  }

  /** As the API and the store spell it. */
  public String text() {
    return text;
  }

  /** The type that {@code text} spells, empty if it spells none: for text that callers send. */
  public static Optional<EventType> parse(String text) {
    String name = text.equals(CREATED_ALIAS) ? SANDBOX_CREATED.text : text;
    return Arrays.stream(values()).filter(type -> type.text.equals(name)).findFirst();
  }

  /**
   * What a change of state means to those outside, empty if nothing.
   *
   * @param reason why it ends, if it does
   */
  public static Optional<EventType> of(
      SandboxState from, SandboxState to, Optional<EndReason> reason) {
    return switch (to) {
      case RUNNING -> ofStart(from);
      case PAUSED -> from == SandboxState.PAUSING ? Optional.of(SANDBOX_PAUSED) : Optional.empty();
      case FAILED -> Optional.of(SANDBOX_FAILED);
      case KILLED -> ofEnd(from, reason);
      case CREATING, PAUSING, RESUMING, KILLING -> Optional.empty();
    };
  }

  /** A pause that was taken back, like a resume that was, has changed nothing for those outside. */
  private static Optional<EventType> ofStart(SandboxState from) {
    return switch (from) {
      case CREATING -> Optional.of(SANDBOX_CREATED);
      case RESUMING -> Optional.of(SANDBOX_RESUMED);
      case RUNNING, PAUSING, PAUSED, KILLING, KILLED, FAILED -> Optional.empty();
    };
  }

  /** A failed one that is put out of sight has ended before. */
  private static Optional<EventType> ofEnd(SandboxState from, Optional<EndReason> reason) {
    if (from == SandboxState.FAILED) {
      return Optional.empty();
    }
    return Optional.of(reason.map(EventType::ofEnd).orElse(SANDBOX_KILLED));
  }

  private static EventType ofEnd(EndReason reason) {
    return switch (reason) {
      case TIMEOUT, IDLE -> SANDBOX_TIMEOUT;
      case KILLED, FAILED -> SANDBOX_KILLED;
    };
  }
}
