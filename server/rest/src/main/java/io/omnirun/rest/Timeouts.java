package io.omnirun.rest;

import io.omnirun.http.JsonFields;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/** The field {@code timeout}, in whole seconds. */
final class Timeouts {
  /** A day: what is to live longer is to be permanent. */
  static final int MAX_SECONDS = 86_400;

  private static final String FIELD = "timeout";
  private static final int DEFAULT_COMMAND_SECONDS = 60;

  private Timeouts() {}

  /** The life of a sandbox: zero is permanent, empty the template's default. */
  static Optional<Duration> ofSandbox(JsonFields body) {
    OptionalInt seconds = seconds(body, "0 makes the sandbox permanent");
    return seconds.isPresent()
        ? Optional.of(Duration.ofSeconds(seconds.getAsInt()))
        : Optional.empty();
  }

  /** The new life of a running sandbox: zero is permanent. */
  static Duration ofRunningSandbox(JsonFields body) {
    return ofSandbox(body)
        .orElseThrow(
            () ->
                InvalidRequest.because(
                    "field \"timeout\" is missing; seconds from now are expected, 0 makes the"
                        + " sandbox permanent"));
  }

  /** The time-out of a command; empty is none. */
  static Optional<Duration> ofCommand(JsonFields body) {
    int seconds =
        seconds(body, "0 lets the command run without limit").orElse(DEFAULT_COMMAND_SECONDS);
    return seconds == 0 ? Optional.empty() : Optional.of(Duration.ofSeconds(seconds));
  }

  private static OptionalInt seconds(JsonFields body, String meaningOfZero) {
    OptionalInt seconds = body.optionalInteger(FIELD, Integer.MIN_VALUE, Integer.MAX_VALUE);
    if (seconds.isPresent() && (seconds.getAsInt() < 0 || seconds.getAsInt() > MAX_SECONDS)) {
      throw InvalidRequest.because(
          "field \"timeout\" must be from 0 to %d seconds, not %d; %s"
              .formatted(MAX_SECONDS, seconds.getAsInt(), meaningOfZero));
    }
    return seconds;
  }
}
