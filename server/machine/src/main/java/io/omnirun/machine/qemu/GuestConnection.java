package io.omnirun.machine.qemu;

import io.omnirun.core.ports.Guest;
import io.omnirun.guest.MuxFront;
import io.omnirun.guest.agent.GuestHttp;
import io.omnirun.machine.AgentGuest;
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
  static GuestConnection toBooting(GuestHttp http, MachineDirectory directory, Duration timeout) {
    return open(http, directory, true, timeout).awaitAgent();
  }

  /**
   * Connects to a clone to which nobody has spoken yet. Its agent served when the snapshot was
   * taken, so nothing is asked of it: a call costs an emulated guest a tenth of its start.
   */
  static GuestConnection toClone(GuestHttp http, MachineDirectory directory) {
    return open(http, directory, true, ANSWER_TIMEOUT);
  }

  /** Connects to a guest to which an earlier server has spoken; returns when its agent answers. */
  static GuestConnection toAdopted(GuestHttp http, MachineDirectory directory) {
    return open(http, directory, false, ANSWER_TIMEOUT).awaitAgent();
  }

  /** The end of the VMM ends the wait. */
  private static GuestConnection open(
      GuestHttp http, MachineDirectory directory, boolean freshClone, Duration timeout) {
    try {
      MuxFront front =
          MuxFront.open(directory.channelSocket(), directory.guestSocket(), freshClone, timeout);
      return new GuestConnection(front, new AgentGuest(http, directory.guestSocket()));
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.GUEST_UNREACHABLE, "the sandbox's agent cannot be reached", e);
    }
  }

  private GuestConnection awaitAgent() {
    try {
      guest.awaitAgent();
      return this;
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  Guest guest() {
    return guest;
  }

  /** For a machine whose identity was given by an earlier server. */
  void useToken(String accessToken) {
    guest.useToken(accessToken);
  }

  /** See {@link AgentGuest#rehearseIdentity}. */
  void rehearseIdentity() {
    guest.rehearseIdentity();
  }

  /** See {@link AgentGuest#prepareSnapshot}. */
  void prepareSnapshot() {
    guest.prepareSnapshot();
  }

  @Override
  public void close() {
    front.close();
  }
}
