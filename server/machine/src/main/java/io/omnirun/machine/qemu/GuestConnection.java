package io.omnirun.machine.qemu;

import io.omnirun.core.ports.Guest;
import io.omnirun.guest.MuxFront;
import io.omnirun.guest.agent.AgentClient;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.machine.AgentGuest;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;

/**
 * The host's end of a machine's channel, and the client of its agent. Closing it leaves the machine
 * running.
 */
final class GuestConnection implements AutoCloseable {
  private final MuxFront front;
  private final AgentClient agent;
  private final AgentGuest guest;

  private GuestConnection(MuxFront front, AgentClient agent) {
    this.front = front;
    this.agent = agent;
    this.guest = new AgentGuest(agent);
  }

  /**
   * Connects to the guest; blocks until its agent has shaken hands, which a booting one may take
   * minutes to. The end of the VMM ends the wait.
   *
   * @param freshClone nobody has spoken to this guest before
   */
  static GuestConnection open(GuestHttp http, MachineDirectory directory, boolean freshClone) {
    try {
      MuxFront front =
          MuxFront.open(directory.channelSocket(), directory.guestSocket(), freshClone);
      return new GuestConnection(front, new AgentClient(http, directory.guestSocket()));
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.GUEST_UNREACHABLE, "the sandbox's agent cannot be reached", e);
    }
  }

  /** Returns when the agent answers calls. */
  void awaitAgent() {
    agent.health();
  }

  Guest guest() {
    return guest;
  }

  void useToken(String accessToken) {
    agent.useToken(accessToken);
  }

  /** Writes everything dirty in the guest to its disk. */
  void syncDisk() {
    agent.sync();
  }

  @Override
  public void close() {
    front.close();
  }
}
