package io.omnirun.rest;

import io.omnirun.http.JsonFields;
import io.omnirun.model.Command;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * The body of {@code POST /sandboxes/{id}/commands}.
 *
 * @param background to be started only, without a time-out: clients send one with every command and
 *     mean only those they wait for
 */
record CommandBody(Command command, boolean background) {
  /** Room for a command of the largest size, all of it escaped, with its environment. */
  static final long LIMIT_BYTES = 2L * 1024 * 1024;

  /** Linux takes an argument of 128 KiB with its NUL (MAX_ARG_STRLEN). */
  static final int MAX_COMMAND_BYTES = 131_071;

  /**
   * @throws OmniRunException naming the field that is wrong
   */
  static CommandBody parse(JsonFields body) {
    boolean background = body.flag("background");
    Optional<Duration> timeout = Timeouts.ofCommand(body);
    Command command =
        new Command(
            line(body.requiredString("command")),
            GuestNames.user(body.optionalString("user").orElse(GuestNames.DEFAULT_USER)),
            body.optionalString("cwd").map(GuestNames::workingDirectory),
            EnvironmentVariables.parse(body, "envs"),
            background ? Optional.empty() : timeout);
    return new CommandBody(command, background);
  }

  /** About what is kept of the body while the command runs, in bytes as they were sent. */
  long keptBytes() {
    return command.line().length() + EnvironmentVariables.length(command.envs());
  }

  /** Checks what a shell is to run. */
  static String line(String line) {
    if (line.isEmpty()) {
      throw InvalidRequest.because("the command must not be empty");
    }
    if (line.getBytes(StandardCharsets.UTF_8).length > MAX_COMMAND_BYTES) {
      throw new OmniRunException(
          ErrorCode.COMMAND_TOO_LARGE,
          "the command has more than %,d bytes; write it to a file with POST …/files and run that"
              .formatted(MAX_COMMAND_BYTES));
    }
    return InvalidRequest.withoutNul("the command", line);
  }
}
