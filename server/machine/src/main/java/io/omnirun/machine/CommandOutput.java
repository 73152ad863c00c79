package io.omnirun.machine;

import io.omnirun.guest.proto.process.ProcessEvent;
import io.omnirun.guest.proto.process.ProcessEvent.DataEvent;
import io.omnirun.guest.proto.process.ProcessEvent.ExitedEvent;
import io.omnirun.model.CommandResult;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import org.jspecify.annotations.Nullable;

/** Collects what a command prints until it is over. Used by one thread. */
final class CommandOutput {
  /** As much as the agent keeps for late readers, so that both ways of asking answer alike. */
  private static final int KEPT_BYTES = 16 * 1024 * 1024;

  private final TailBuffer stdout = new TailBuffer(KEPT_BYTES);
  private final TailBuffer stderr = new TailBuffer(KEPT_BYTES);
  private @Nullable ExitedEvent exited;

  void accept(ProcessEvent event) {
    switch (event.getEventCase()) {
      case DATA -> data(event.getData());
      case EXITED -> exited = event.getExited();
      case START, END, KEEPALIVE, EVENT_NOT_SET -> {}
    }
  }

  private void data(DataEvent data) {
    switch (data.getOutputCase()) {
      case STDOUT -> stdout.append(data.getStdout());
      case STDERR -> stderr.append(data.getStderr());
      case PTY, OUTPUT_NOT_SET -> {}
    }
  }

  /** What the command has come to; asked once. */
  CommandResult result() {
    ExitedEvent end = exited;
    if (end == null) {
      throw new OmniRunException(
          ErrorCode.GUEST_UNREACHABLE,
          "the connection to the sandbox was lost before the command ended");
    }
    boolean stdoutCut = stdout.truncated() || end.getStdoutTruncated();
    boolean stderrCut = stderr.truncated() || end.getStderrTruncated();
    String output = TailText.of(stdout.take(), stdoutCut);
    String errors = TailText.of(stderr.take(), stderrCut);
    boolean truncated = stdoutCut || stderrCut;
    if (end.getTimedOut()) {
      return new CommandResult(
          output, errors + "command timed out\n", CommandResult.TIMED_OUT_EXIT_CODE, truncated);
    }
    return new CommandResult(output, errors, end.getExitCode(), truncated);
  }
}
