package io.omnirun.http;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A client's connection that speaks HTTP no more. One thread may read while another writes; anyone
 * may close.
 */
public interface ClientTunnel extends AutoCloseable {
  /** What is done with a tunnel. */
  @FunctionalInterface
  interface Talk {
    /** Blocks until it is over; then the tunnel is closed. */
    void run(ClientTunnel client) throws IOException;
  }

  /**
   * Fills a buffer from its beginning with what has come, and makes it ready to be taken out of;
   * blocks for the first byte.
   *
   * @return false if nothing comes any more
   */
  boolean read(ByteBuffer buffer) throws IOException;

  /** Sends all of a buffer. */
  void write(ByteBuffer bytes) throws IOException;

  /** Says that nothing more is sent. */
  void endOutput();

  /** Breaks the connection: whoever is stuck in it fails. */
  @Override
  void close();
}
