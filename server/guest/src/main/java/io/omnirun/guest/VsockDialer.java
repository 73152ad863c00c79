package io.omnirun.guest;

import io.omnirun.guest.link.GuestDialer;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * Firecracker's way to the agent: its vsock socket, and on it the port at which the agent listens
 * for the link. The link's own layers stay what they are over virtio-serial: vsock has no
 * half-close and gives the guest's listener one port per service, the streams of the link need
 * neither.
 *
 * @param socket the VMM's {@code uds_path}
 */
public record VsockDialer(Path socket) implements GuestDialer {
  /** The agent's (api/link.md). */
  public static final int LINK_PORT = 49984;

  /**
   * Connects.
   *
   * @throws PortClosedException if the agent does not listen yet: Firecracker says no more than
   *     that the connection is over
   */
  @Override
  public void connect(SocketChannel channel) throws IOException {
    channel.connect(UnixDomainSocketAddress.of(socket));
    GuestChannel.shakeHands(channel, LINK_PORT);
  }
}
