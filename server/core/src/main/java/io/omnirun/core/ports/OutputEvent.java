package io.omnirun.core.ports;

import java.nio.ByteBuffer;

/** What a process that is followed does. */
public sealed interface OutputEvent {
  /** Where a process prints. All that a terminal shows counts as {@link #STDOUT}. */
  enum Channel {
    STDOUT,
    STDERR
  }

  /**
   * It has printed.
   *
   * @param bytes as they came; a character may be cut at either end
   * @param afterLoss what it printed before, on this channel, was dropped and not told
   */
  record Printed(Channel channel, ByteBuffer bytes, boolean afterLoss) implements OutputEvent {}

  /**
   * It has ended, and everything that it had printed by then has been told. The last event.
   *
   * @param exitCode its exit status, or 128 + the signal that ended it
   * @param lossy some of what it printed was dropped and not told
   */
  record Exited(int exitCode, boolean lossy) implements OutputEvent {}
}
