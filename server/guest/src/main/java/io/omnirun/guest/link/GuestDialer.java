package io.omnirun.guest.link;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * How the host's end of the link gets to a guest's agent: the one thing in which VMMs differ for
 * all that is above it. Thread-safe.
 */
@FunctionalInterface
public interface GuestDialer {
  /**
   * Connects a channel that is not connected yet to the agent, or to where the agent will be. The
   * caller closes the channel, also if this throws, and bounds the time by closing it.
   */
  void connect(SocketChannel channel) throws IOException;

  /**
   * QEMU's way: a virtio-serial port, which takes connections whatever the agent does.
   *
   * @param socket the VMM's
   */
  static GuestDialer virtioSerial(Path socket) {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(socket);
    return channel -> channel.connect(address);
  }
}
