package io.omnirun.guest.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.InvalidProtocolBufferException;
import io.omnirun.guest.proto.process.ProcessEvent;
import io.omnirun.guest.proto.process.StartResponse;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * The events of a process, as a stream of Connect envelopes: a flag byte, four bytes of length, a
 * message. Used by one thread. Closing it early does not end the process.
 */
public final class ProcessStream implements AutoCloseable {
  /** The agent sends output in pieces of at most 64 KiB; the rest of a message is small. */
  private static final int MAX_MESSAGE_BYTES = 1024 * 1024;

  private static final int END_OF_STREAM = 2;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final DataInputStream input;

  ProcessStream(InputStream input) {
    this.input = new DataInputStream(input);
  }

  /**
   * The next event, blocking for it; empty at the end of the stream.
   *
   * @throws OmniRunException GUEST_UNREACHABLE if the stream is lost, or what the agent refused
   */
  public Optional<ProcessEvent> next() {
    try {
      int flags = input.readUnsignedByte();
      int length = input.readInt();
      if (length < 0 || length > MAX_MESSAGE_BYTES) {
        throw new IOException("a message of " + length + " bytes");
      }
      byte[] message = input.readNBytes(length);
      if (message.length < length) {
        throw new IOException("a cut message");
      }
      return flags == END_OF_STREAM ? end(message) : Optional.of(parse(message));
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.GUEST_UNREACHABLE, "the connection to the sandbox was lost", e);
    }
  }

  private Optional<ProcessEvent> end(byte[] message) throws IOException {
    JsonNode error = JSON.readTree(message).path("error");
    if (error.isObject()) {
      throw ConnectError.of(error).asOmniRunException();
    }
    // Read to the very end: only then is the connection used again.
    if (input.read() >= 0) {
      throw new IOException("bytes after the end of the stream");
    }
    return Optional.empty();
  }

  private static ProcessEvent parse(byte[] message) throws InvalidProtocolBufferException {
    return StartResponse.parseFrom(message).getEvent();
  }

  @Override
  public void close() {
    try {
      input.close();
    } catch (IOException e) {
      throw new OmniRunException(ErrorCode.GUEST_UNREACHABLE, "the stream could not be closed", e);
    }
  }
}
