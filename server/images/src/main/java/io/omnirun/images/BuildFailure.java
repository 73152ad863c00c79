package io.omnirun.images;

import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.util.List;

/** Words for builds that failed. */
final class BuildFailure {
  /** What fits on a screen; the cause is nearly always in it. */
  private static final int OUTPUT_LINES = 40;

  /** What Linux, and so every program and Java, says when a disk or a quota is full (strerror). */
  private static final List<String> NO_SPACE_TEXTS =
      List.of("No space left on device", "Disk quota exceeded");

  private BuildFailure() {}

  static OmniRunException of(String step, ProgramFailedException cause) {
    List<String> output = cause.output();
    List<String> last = output.subList(Math.max(0, output.size() - OUTPUT_LINES), output.size());
    String text = last.isEmpty() ? "" : "; it printed last:\n" + String.join("\n", last);
    return of(step, cause.getMessage() + text, cause);
  }

  static OmniRunException of(String step, IOException cause) {
    return of(step, cause.toString(), cause);
  }

  private static OmniRunException of(String step, String reason, Exception cause) {
    if (NO_SPACE_TEXTS.stream().anyMatch(reason::contains)) {
      String advice =
          "the disk of the host is full: free space in the cache directory and try again";
      return new OmniRunException(
          ErrorCode.NO_SPACE, "step \"%s\" failed: %s\n%s".formatted(step, advice, reason), cause);
    }
    return new OmniRunException(
        ErrorCode.TEMPLATE_BUILD_FAILED, "step \"%s\" failed: %s".formatted(step, reason), cause);
  }
}
