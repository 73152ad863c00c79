package io.omnirun.machine;

import com.google.protobuf.ByteString;
import io.omnirun.guest.agent.AgentClient;
import io.omnirun.guest.agent.ProcessStream;
import io.omnirun.guest.proto.process.CloseStdinRequest;
import io.omnirun.guest.proto.process.ProcessEvent;
import io.omnirun.guest.proto.process.ProcessInput;
import io.omnirun.guest.proto.process.ProcessSelector;
import io.omnirun.guest.proto.process.SendInputRequest;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The events of a command, which is given its input as soon as it is known to have started. Used by
 * one thread; the stream stays its caller's.
 */
final class StartedCommand {
  private static final Logger log = LoggerFactory.getLogger(StartedCommand.class);

  private final AgentClient agent;
  private final ProcessStream stream;
  private Optional<byte[]> input;

  /**
   * @param input empty: it has no standard input
   */
  StartedCommand(AgentClient agent, ProcessStream stream, Optional<byte[]> input) {
    this.agent = agent;
    this.stream = stream;
    this.input = input;
  }

  /** As {@link ProcessStream#next}. */
  Optional<ProcessEvent> next() {
    Optional<ProcessEvent> event = stream.next();
    if (input.isPresent() && event.isPresent() && event.get().hasStart()) {
      give(event.get().getStart().getHandle(), input.get());
      input = Optional.empty();
    }
    return event;
  }

  private void give(int handle, byte[] bytes) {
    ProcessSelector process = ProcessSelector.newBuilder().setHandle(handle).build();
    try {
      agent.sendInput(
          SendInputRequest.newBuilder()
              .setProcess(process)
              .setInput(ProcessInput.newBuilder().setStdin(ByteString.copyFrom(bytes)))
              .build(),
          AgentProcessControl.INPUT_PATIENCE);
      agent.closeStdin(CloseStdinRequest.newBuilder().setProcess(process).build());
    } catch (OmniRunException e) {
      if (e.code() != ErrorCode.PROCESS_NOT_FOUND && e.code() != ErrorCode.PROCESS_ENDED) {
        throw e;
      }
      log.debug("a command ended before it had taken its input", e);
    }
  }
}
