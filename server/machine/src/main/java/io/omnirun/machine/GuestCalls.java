package io.omnirun.machine;

import io.omnirun.guest.HostServices;
import io.omnirun.model.MachineId;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Optional;

/** What guests may call on this host. Thread-safe. */
@FunctionalInterface
public interface GuestCalls {
  /** Nothing at all. */
  GuestCalls NONE = (machine, port) -> Optional.empty();

  /**
   * Connects a guest to one of the host's services; as {@link HostServices#connect}.
   *
   * @param machine whose guest calls: it is the driver that says so, not the guest
   */
  Optional<SocketChannel> connect(MachineId machine, int port) throws IOException;

  /** The services as one machine's guest reaches them. */
  default HostServices of(MachineId machine) {
    return port -> connect(machine, port);
  }
}
