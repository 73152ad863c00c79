package io.omnirun.images;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A program could not be started, ended with an error or was killed. */
final class ProgramFailedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final transient List<String> output;

  ProgramFailedException(
      String program, String reason, List<String> output, @Nullable Throwable cause) {
    super(program + " " + reason, cause);
    this.output = List.copyOf(output);
  }

  /** The last lines that it printed. */
  List<String> output() {
    return output;
  }
}
