package io.omnirun.rest;

import io.omnirun.http.JsonFields;
import io.omnirun.model.Terminal;
import io.omnirun.model.TerminalSize;
import java.util.Optional;

/** The bodies of {@code POST …/pty} and {@code POST …/pty/{pid}/resize}. */
final class TerminalBody {
  /** No screen has more characters in a line or lines. */
  static final int MAX_SIDE = 4_096;

  /** A size and names, and an environment of the largest size, all of it escaped. */
  static final long LIMIT_BYTES = CommandBody.LIMIT_BYTES;

  private TerminalBody() {}

  /** What is to be opened; every field may be absent. */
  static Terminal parse(JsonFields body) {
    return new Terminal(
        new TerminalSize(
            side(body, "cols").orElse(TerminalSize.USUAL.columns()),
            side(body, "rows").orElse(TerminalSize.USUAL.rows())),
        body.optionalString("cmd").map(CommandBody::line),
        GuestNames.user(body.optionalString("user").orElse(GuestNames.DEFAULT_USER)),
        body.optionalString("cwd").map(GuestNames::workingDirectory),
        EnvironmentVariables.parse(body, "envs"));
  }

  /** A size of which both sides must be there. */
  static TerminalSize size(JsonFields body) {
    return new TerminalSize(requiredSide(body, "cols"), requiredSide(body, "rows"));
  }

  private static int requiredSide(JsonFields body, String field) {
    return side(body, field)
        .orElseThrow(
            () ->
                InvalidRequest.because(
                    "field \"%s\" is missing; an integer is expected".formatted(field)));
  }

  private static Optional<Integer> side(JsonFields body, String field) {
    return body.optionalInteger(field, 1, MAX_SIDE).stream().boxed().findFirst();
  }
}
