package io.omnirun.guest.agent;

import io.omnirun.guest.proto.process.ProcessEvent;
import io.omnirun.guest.proto.process.StartResponse;
import io.omnirun.model.OmniRunException;
import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The events of a process. Used by one thread; another may close it. Closing it does not end the
 * process.
 */
public final class ProcessStream implements AutoCloseable {
  private final MessageStream<StartResponse> messages;
  private Optional<ProcessEvent> ahead = Optional.empty();

  private ProcessStream(InputStream input) {
    // ConnectResponse has the same shape.
    this.messages = new MessageStream<>(input, AgentService.PROCESS, StartResponse.parser());
  }

  /**
   * Waits for the first event, so that a refusal is thrown here.
   *
   * @param callerGone closes the stream when it completes, also during that wait
   */
  static ProcessStream open(InputStream input, CompletableFuture<?> callerGone) {
    ProcessStream stream = new ProcessStream(input);
    callerGone.thenRun(stream::close);
    try {
      stream.ahead = stream.receive();
      return stream;
    } catch (OmniRunException e) {
      stream.close();
      throw e;
    }
  }

  /**
   * The next event, blocking for it; empty at the end of the stream.
   *
   * @throws OmniRunException GUEST_UNREACHABLE if the stream is lost, or what the agent refused
   */
  public Optional<ProcessEvent> next() {
    if (ahead.isPresent()) {
      Optional<ProcessEvent> first = ahead;
      ahead = Optional.empty();
      return first;
    }
    return receive();
  }

  private Optional<ProcessEvent> receive() {
    return messages.next().map(StartResponse::getEvent);
  }

  /** Lets go of the stream; a call that waits for an event fails. Idempotent. */
  @Override
  public void close() {
    messages.close();
  }
}
