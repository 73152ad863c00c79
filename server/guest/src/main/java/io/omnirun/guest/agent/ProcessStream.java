package io.omnirun.guest.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.omnirun.guest.proto.process.ProcessEvent;
import io.omnirun.guest.proto.process.StartResponse;
import io.omnirun.model.OmniRunException;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The events of a process, as a stream of Connect envelopes: a byte of flags, four bytes of length,
 * a message. Used by one thread; another may close it. Closing it does not end the process.
 */
public final class ProcessStream implements AutoCloseable {
  /** The agent sends output in pieces of at most 64 KiB; the rest of a message is small. */
  private static final int MAX_MESSAGE_BYTES = 1024 * 1024;

  private static final int MESSAGE = 0;
  private static final int END_OF_STREAM = 2;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final DataInputStream input;
  private Optional<ProcessEvent> ahead = Optional.empty();

  private ProcessStream(InputStream input) {
    this.input = new DataInputStream(input);
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
    try {
      int flags = input.readUnsignedByte();
      byte[] message = readMessage();
      return switch (flags) {
        // ConnectResponse has the same shape.
        case MESSAGE -> Optional.of(StartResponse.parseFrom(message).getEvent());
        case END_OF_STREAM -> end(message);
        default -> throw new IOException("an envelope with flags " + flags);
      };
    } catch (IOException e) {
      throw AgentFailure.lost(e);
    }
  }

  private byte[] readMessage() throws IOException {
    int length = input.readInt();
    if (length < 0 || length > MAX_MESSAGE_BYTES) {
      throw new IOException("a message of " + Integer.toUnsignedString(length) + " bytes");
    }
    byte[] message = new byte[length];
    input.readFully(message);
    return message;
  }

  private Optional<ProcessEvent> end(byte[] message) throws IOException {
    JsonNode error = JSON.readTree(message).path("error");
    if (error.isObject()) {
      throw AgentFailure.refused(AgentService.PROCESS, AgentRefusal.of(error));
    }
    // Read to the very end: only then is the connection used again.
    if (input.read() >= 0) {
      throw new IOException("bytes after the end of the stream");
    }
    return Optional.empty();
  }

  /** Lets go of the stream; a call that waits for an event fails. Idempotent. */
  @Override
  public void close() {
    try {
      input.close();
    } catch (IOException e) {
      throw AgentFailure.lost(e);
    }
  }
}
