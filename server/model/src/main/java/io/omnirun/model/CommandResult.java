package io.omnirun.model;

/**
 * What a command left when its shell had ended.
 *
 * @param exitCode the shell's, 128 + the signal that ended it, or 124 after a time-out
 * @param stdout as text; bytes that are not UTF-8 are replaced
 * @param truncated output was dropped, the oldest first
 */
public record CommandResult(String stdout, String stderr, int exitCode, boolean truncated) {
  /** The exit code of a command that ran into its time-out, as {@code timeout(1)} has it. */
  public static final int TIMED_OUT_EXIT_CODE = 124;
}
