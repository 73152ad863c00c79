package io.omnirun.machine;

import com.google.protobuf.ByteString;
import io.omnirun.core.ports.OutputEvent;
import io.omnirun.core.ports.OutputEvent.Channel;
import io.omnirun.core.ports.ProcessOutput;
import io.omnirun.guest.agent.ProcessStream;
import io.omnirun.guest.proto.process.ProcessEvent;
import io.omnirun.guest.proto.process.ProcessEvent.DataEvent;
import io.omnirun.guest.proto.process.ProcessEvent.ExitedEvent;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/**
 * Translates the agent's stream of a process. That output is missing shows in the offsets that the
 * agent gives: it skips what its spool has dropped.
 */
final class AgentProcessOutput implements ProcessOutput {
  private final ProcessStream stream;
  private final Runnable onClose;

  /** Where the next output of a channel begins if none is lost; nothing: wherever it likes. */
  private final Map<Channel, Long> expected = new EnumMap<>(Channel.class);

  private boolean lossy;

  /**
   * @param fromTheStart the stream begins with the first byte of each output, if that is kept
   * @param onClose run each time that this is closed
   */
  AgentProcessOutput(ProcessStream stream, boolean fromTheStart, Runnable onClose) {
    this.stream = stream;
    this.onClose = onClose;
    if (fromTheStart) {
      expected.put(Channel.STDOUT, 0L);
      expected.put(Channel.STDERR, 0L);
    }
  }

  @Override
  public OutputEvent next() {
    while (true) {
      ProcessEvent event = stream.next().orElseThrow(AgentProcessOutput::endedEarly);
      Optional<OutputEvent> told =
          switch (event.getEventCase()) {
            case DATA -> printed(event.getData());
            case EXITED -> Optional.of(exited(event.getExited()));
            case START, END, KEEPALIVE, EVENT_NOT_SET -> Optional.empty();
          };
      if (told.isPresent()) {
        return told.get();
      }
    }
  }

  private static OmniRunException endedEarly() {
    return new OmniRunException(
        ErrorCode.GUEST_UNREACHABLE,
        "the connection to the sandbox was lost before the process ended");
  }

  private Optional<OutputEvent> printed(DataEvent data) {
    return switch (data.getOutputCase()) {
      case STDOUT -> printed(Channel.STDOUT, data.getStdout(), data.getOffset());
      case STDERR -> printed(Channel.STDERR, data.getStderr(), data.getOffset());
      case PTY -> printed(Channel.STDOUT, data.getPty(), data.getOffset());
      case OUTPUT_NOT_SET -> Optional.empty();
    };
  }

  private Optional<OutputEvent> printed(Channel channel, ByteString bytes, long offset) {
    if (bytes.isEmpty()) {
      return Optional.empty();
    }
    boolean afterLoss = expected.getOrDefault(channel, offset) != offset;
    lossy |= afterLoss;
    expected.put(channel, offset + bytes.size());
    return Optional.of(new OutputEvent.Printed(channel, bytes.asReadOnlyByteBuffer(), afterLoss));
  }

  private OutputEvent exited(ExitedEvent exited) {
    boolean lostAll =
        isLostWhole(Channel.STDOUT, exited.getStdoutTruncated())
            || isLostWhole(Channel.STDERR, exited.getStderrTruncated());
    return new OutputEvent.Exited(exited.getExitCode(), lossy || lostAll);
  }

  /** What an ended process's children print after it can push out all that it had printed. */
  private boolean isLostWhole(Channel channel, boolean truncated) {
    return truncated && Long.valueOf(0).equals(expected.get(channel));
  }

  @Override
  public void close() {
    try {
      stream.close();
    } finally {
      onClose.run();
    }
  }
}
