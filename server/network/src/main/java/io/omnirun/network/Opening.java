package io.omnirun.network;

import java.nio.ByteBuffer;
import java.util.Optional;

/** How far the beginning of a connection says which server is meant. */
sealed interface Opening {
  /**
   * It is all there.
   *
   * @param serverName as the client wrote it; empty if it named none
   * @param forward what the server is to be sent in place of all that was read
   */
  record Complete(Optional<String> serverName, ByteBuffer forward) implements Opening {}

  /** More must be read. */
  record NeedMore() implements Opening {}

  /** It is no such beginning, or a longer one than is taken. */
  record Malformed(String problem) implements Opening {}

  /** Reads the beginning of one connection. Used by one thread. */
  interface Reader {
    /**
     * Takes all bytes of {@code received}. Is not called again once it said anything else than to
     * go on.
     */
    Opening read(ByteBuffer received);
  }
}
