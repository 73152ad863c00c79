package io.omnirun.machine.qemu;

import io.omnirun.core.ports.Guest;
import io.omnirun.guest.MuxFront;
import io.omnirun.machine.AgentGuest;
import io.omnirun.machine.GuestResources;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.time.Duration;

/**
 * The host's end of a machine's channel, and the client of its agent. Closing it leaves the machine
 * running.
 */
final class GuestConnection implements AutoCloseable {
  /** A clone answers in a fraction of a second; a host that starts dozens at once takes longer. */
  private static final Duration ANSWER_TIMEOUT = Duration.ofMinutes(1);

  private final MuxFront front;
  private final AgentGuest guest;

  private GuestConnection(MuxFront front, AgentGuest guest) {
    this.front = front;
    this.guest = guest;
  }

  /** Connects to a guest that boots; returns when its agent answers, if it does in time. */
  static GuestConnection toBooting(
      GuestResources guests, MachineDirectory directory, Duration timeout) {
    return open(guests, directory, true, timeout);
  }

  /** Connects to a clone to which nobody has spoken yet; returns when its agent answers. */
  static GuestConnection toClone(GuestResources guests, MachineDirectory directory) {
    return open(guests, directory, true, ANSWER_TIMEOUT);
  }

  /** Connects to a guest to which an earlier server has spoken; returns when its agent answers. */
  static GuestConnection toAdopted(GuestResources guests, MachineDirectory directory) {
    return open(guests, directory, false, ANSWER_TIMEOUT);
  }

  /** The end of the VMM ends the wait. */
  private static GuestConnection open(
      GuestResources guests, MachineDirectory directory, boolean freshClone, Duration timeout) {
    try {
      MuxFront front =
          MuxFront.open(directory.channelSocket(), directory.guestSocket(), freshClone, timeout);
      try {
        AgentGuest guest = new AgentGuest(guests, directory.guestSocket());
        guest.awaitAgent();
        return new GuestConnection(front, guest);
      } catch (RuntimeException e) {
        front.close();
        throw e;
      }
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.GUEST_UNREACHABLE, "the sandbox's agent cannot be reached", e);
    }
  }

  Guest guest() {
    return guest;
  }

  /** For a machine whose identity was given by an earlier server. */
  void useToken(String accessToken) {
    guest.useToken(accessToken);
  }

  /** Makes the guest forget the commands it has run and write everything dirty to its disk. */
  void prepareSnapshot() {
    guest.prepareSnapshot();
  }

  @Override
  public void close() {
    front.close();
  }
}
