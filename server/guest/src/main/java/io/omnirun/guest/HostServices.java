package io.omnirun.guest;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Optional;

/** The few services of the host, as one guest reaches them. Thread-safe. */
@FunctionalInterface
public interface HostServices {
  /** None at all. */
  HostServices NONE = port -> Optional.empty();

  /**
   * Connects to the service at a port of the host; may block. The caller closes the channel, both
   * ways at once.
   *
   * @param port as the guest names it; api/link.md has those that there are
   * @return empty: there is none for this guest
   * @throws IOException if it cannot be reached
   */
  Optional<SocketChannel> connect(int port) throws IOException;
}
