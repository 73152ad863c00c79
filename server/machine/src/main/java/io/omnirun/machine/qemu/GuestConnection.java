package io.omnirun.machine.qemu;

import io.omnirun.core.ports.Guest;
import io.omnirun.guest.FrontKeeper;
import io.omnirun.guest.MuxFront;
import io.omnirun.machine.AgentGuest;
import io.omnirun.machine.GuestResources;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * The host's end of a machine's channel, and the client of its agent. Closing it leaves the machine
 * running.
 */
final class GuestConnection implements AutoCloseable {
  /** A clone answers in a fraction of a second; a host that starts dozens at once takes longer. */
  private static final Duration ANSWER_TIMEOUT = Duration.ofMinutes(1);

  private final Runnable closing;
  private final AgentGuest guest;

  private GuestConnection(Runnable closing, AgentGuest guest) {
    this.closing = closing;
    this.guest = guest;
  }

  /**
   * Connects to a guest that boots; returns when its agent answers, if it does in time. A session
   * that breaks is not begun again: the boot has failed then.
   */
  static GuestConnection toBooting(
      GuestResources guests, MachineDirectory directory, Duration timeout) {
    AgentGuest guest = new AgentGuest(guests, directory.guestSocket());
    MuxFront front = openAnswering(guest, directory, true, timeout);
    return new GuestConnection(front::close, guest);
  }

  /**
   * Connects to a clone to which nobody has spoken yet. Its agent served when the snapshot was
   * taken, so nothing is asked of it: a call costs an emulated guest a tenth of its start. A
   * session that breaks is begun again until {@code vmmEnded} completes; calls fail in the
   * meantime.
   */
  static GuestConnection toClone(
      GuestResources guests, MachineDirectory directory, CompletableFuture<?> vmmEnded) {
    AgentGuest guest = new AgentGuest(guests, directory.guestSocket());
    return lasting(guest, directory, open(directory, true, ANSWER_TIMEOUT), vmmEnded);
  }

  /**
   * As {@link #toClone}, to a guest to which an earlier server has spoken; returns when its agent
   * answers.
   */
  static GuestConnection toAdopted(
      GuestResources guests, MachineDirectory directory, CompletableFuture<?> vmmEnded) {
    AgentGuest guest = new AgentGuest(guests, directory.guestSocket());
    MuxFront first = openAnswering(guest, directory, false, ANSWER_TIMEOUT);
    return lasting(guest, directory, first, vmmEnded);
  }

  /**
   * Connects to a guest that goes on after a pause and gives it time and randomness. Nothing else
   * is asked of it first: its agent served when it was paused, and a call costs an emulated guest
   * dearly.
   *
   * @param accessToken the one its identity was given
   */
  static GuestConnection toResumed(
      GuestResources guests,
      MachineDirectory directory,
      String accessToken,
      CompletableFuture<?> vmmEnded) {
    AgentGuest guest = new AgentGuest(guests, directory.guestSocket());
    guest.useToken(accessToken);
    MuxFront first = open(directory, false, ANSWER_TIMEOUT);
    try {
      guest.awaken();
    } catch (RuntimeException e) {
      first.close();
      throw e;
    }
    return lasting(guest, directory, first, vmmEnded);
  }

  /**
   * Connects anew to a guest whose connection was closed while its VMM lives; the guest object
   * stays what it is. One that does not answer at once is tried until it does.
   */
  GuestConnection reopened(MachineDirectory directory, CompletableFuture<?> vmmEnded) {
    FrontKeeper keeper =
        FrontKeeper.start(
            directory.name(), () -> openAnswering(guest, directory, false, ANSWER_TIMEOUT));
    vmmEnded.thenRun(keeper::stop);
    return new GuestConnection(keeper::close, guest);
  }

  private static GuestConnection lasting(
      AgentGuest guest, MachineDirectory directory, MuxFront first, CompletableFuture<?> vmmEnded) {
    FrontKeeper keeper =
        FrontKeeper.start(
            directory.name(), first, () -> openAnswering(guest, directory, false, ANSWER_TIMEOUT));
    vmmEnded.thenRun(keeper::stop);
    return new GuestConnection(keeper::close, guest);
  }

  private static MuxFront openAnswering(
      AgentGuest guest, MachineDirectory directory, boolean freshClone, Duration timeout) {
    MuxFront front = open(directory, freshClone, timeout);
    try {
      guest.awaitAgent();
      return front;
    } catch (RuntimeException e) {
      front.close();
      throw e;
    }
  }

  /** The end of the VMM ends the wait. */
  private static MuxFront open(MachineDirectory directory, boolean freshClone, Duration timeout) {
    try {
      return MuxFront.open(directory.channelSocket(), directory.guestSocket(), freshClone, timeout);
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
    closing.run();
  }
}
