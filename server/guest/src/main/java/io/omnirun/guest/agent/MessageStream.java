package io.omnirun.guest.agent;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import io.omnirun.model.OmniRunException;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * The messages of a call that is answered by many, in Connect's envelopes: a byte of flags, four
 * bytes of length, a message. Used by one thread; another may close it.
 *
 * <p>Source: connectrpc.com/docs/protocol, Streaming RPCs.
 */
final class MessageStream<T extends Message> implements AutoCloseable {
  /** The agent sends output in pieces of at most 64 KiB; the rest of a message is small. */
  private static final int MAX_MESSAGE_BYTES = 1024 * 1024;

  private static final int MESSAGE = 0;
  private static final int END_OF_STREAM = 2;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final DataInputStream input;
  private final AgentService service;
  private final Parser<T> parser;

  MessageStream(InputStream input, AgentService service, Parser<T> parser) {
    this.input = new DataInputStream(input);
    this.service = service;
    this.parser = parser;
  }

  /**
   * The next message, blocking for it; empty at the end of the stream.
   *
   * @throws OmniRunException GUEST_UNREACHABLE if the stream is lost, or what the agent refused
   */
  Optional<T> next() {
    try {
      int flags = input.readUnsignedByte();
      byte[] message = readMessage();
      return switch (flags) {
        case MESSAGE -> Optional.of(parser.parseFrom(message));
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

  private Optional<T> end(byte[] message) throws IOException {
    JsonNode error = JSON.readTree(message).path("error");
    if (error.isObject()) {
      throw AgentFailure.refused(service, AgentRefusal.of(error));
    }
    // Read to the very end: only then is the connection used again.
    if (input.read() >= 0) {
      throw new IOException("bytes after the end of the stream");
    }
    return Optional.empty();
  }

  /** Lets go of the stream; a call that waits for a message fails. Idempotent. */
  @Override
  public void close() {
    try {
      input.close();
    } catch (IOException e) {
      throw AgentFailure.lost(e);
    }
  }
}
