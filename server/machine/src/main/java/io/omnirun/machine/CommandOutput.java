package io.omnirun.machine;

import io.omnirun.guest.proto.process.ProcessEvent;
import io.omnirun.guest.proto.process.ProcessEvent.DataEvent;
import io.omnirun.guest.proto.process.ProcessEvent.ExitedEvent;
import io.omnirun.model.CommandResult;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import org.jspecify.annotations.Nullable;

/** Collects what a command prints until it is over. Used by one thread, which closes it. */
final class CommandOutput implements AutoCloseable {
  /** As much as the agent keeps for late readers, so that both ways of asking answer alike. */
  private static final int KEPT_BYTES = 16 * 1024 * 1024;

  private final TailBuffer stdout;
  private final TailBuffer stderr;
  private @Nullable ExitedEvent exited;

  CommandOutput(OutputMemory memory) {
    this.stdout = memory.open(KEPT_BYTES);
    this.stderr = memory.open(KEPT_BYTES);
  }

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
    TailBuffer.Tail printed = stdout.take();
    TailBuffer.Tail complained = stderr.take();
    boolean stdoutCut = printed.truncated() || end.getStdoutTruncated();
    boolean stderrCut = complained.truncated() || end.getStderrTruncated();
    String output = TailText.of(printed.bytes(), stdoutCut);
    String errors = TailText.of(complained.bytes(), stderrCut);
    boolean truncated = stdoutCut || stderrCut;
    if (end.getTimedOut()) {
      return new CommandResult(
          output, errors + "command timed out\n", CommandResult.TIMED_OUT_EXIT_CODE, truncated);
    }
    return new CommandResult(output, errors, end.getExitCode(), truncated);
  }

  /** What it has come to if its end, which the guest has not told, counts as its time-out. */
  CommandResult timedOut() {
    if (exited == null) {
      exited = ExitedEvent.newBuilder().setTimedOut(true).build();
    }
    return result();
  }

  /** Gives the memory back. Idempotent. */
  @Override
  public void close() {
    stdout.close();
    stderr.close();
  }
}
