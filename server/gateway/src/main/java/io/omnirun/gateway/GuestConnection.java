package io.omnirun.gateway;

import io.omnirun.model.MachineId;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stream to a guest's port, and what is half read of it. One thread may write while another
 * reads; anyone may close.
 */
final class GuestConnection implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GuestConnection.class);

  /** What connections are kept for. */
  record Port(MachineId machine, int port) {}

  private final Port port;
  private final SocketChannel channel;
  private final AnswerParser parser = new AnswerParser();
  private boolean used;
  private long idleSinceNanos;

  GuestConnection(Port port, SocketChannel channel) {
    this.port = port;
    this.channel = channel;
  }

  Port port() {
    return port;
  }

  AnswerParser parser() {
    return parser;
  }

  /** Whether it has answered a request before: its server may have just closed it. */
  boolean isUsed() {
    return used;
  }

  void becomeIdle() {
    used = true;
    idleSinceNanos = System.nanoTime();
  }

  long idleNanos() {
    return System.nanoTime() - idleSinceNanos;
  }

  /**
   * Whether nothing has come since the last answer: no end, and no bytes that belong to nobody. For
   * idle ones.
   */
  boolean isQuiet() {
    try {
      channel.configureBlocking(false);
      int count = channel.read(ByteBuffer.allocate(1));
      channel.configureBlocking(true);
      return count == 0;
    } catch (IOException e) {
      log.trace("an idle connection to a guest has broken", e);
      return false;
    }
  }

  void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  void write(ByteBuffer[] bytes) throws IOException {
    while (bytes[bytes.length - 1].hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Reads into a buffer; -1 at the end. */
  int read(ByteBuffer buffer) throws IOException {
    return channel.read(buffer);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("a connection to a guest was not closed well", e);
    }
  }
}
