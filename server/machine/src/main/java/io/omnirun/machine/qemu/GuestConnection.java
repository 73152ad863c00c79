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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The host's end of a machine's channel, and the client of its agent. Closing it leaves the machine
 * running.
 */
final class GuestConnection implements AutoCloseable {
  /** A clone answers in a fraction of a second; a host that starts dozens at once takes longer. */
  private static final Duration ANSWER_TIMEOUT = Duration.ofMinutes(1);

  /**
   * For the first answer of a guest that was spoken to before. Callers wait for it, and so does the
   * start of a server; an agent that needs longer is reached later.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Logger log = LoggerFactory.getLogger(GuestConnection.class);

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
   * Connects to a guest to which an earlier server has spoken; returns when its agent answers. One
   * that does not answer soon is tried on until it does, for its VMM lives: calls fail in the
   * meantime.
   *
   * @param accessToken the one its identity was given
   * @throws OmniRunException MACHINE_FAILED if the VMM ends meanwhile
   */
  static GuestConnection toAdopted(
      GuestResources guests,
      MachineDirectory directory,
      String accessToken,
      CompletableFuture<?> vmmEnded) {
    return toAdopted(guests, directory, accessToken, vmmEnded, PATIENCE);
  }

  static GuestConnection toAdopted(
      GuestResources guests,
      MachineDirectory directory,
      String accessToken,
      CompletableFuture<?> vmmEnded,
      Duration patience) {
    AgentGuest guest = new AgentGuest(guests, directory.guestSocket());
    guest.useToken(accessToken);
    return reached(
        guest,
        directory,
        () -> openAnswering(guest, directory, false, ANSWER_TIMEOUT),
        vmmEnded,
        patience);
  }

  /**
   * As {@link #toAdopted}, to a guest that goes on after a pause: as soon as it answers it is given
   * time and randomness. Nothing else is asked of it first: its agent served when it was paused,
   * and a call costs an emulated guest dearly.
   */
  static GuestConnection toResumed(
      GuestResources guests,
      MachineDirectory directory,
      String accessToken,
      CompletableFuture<?> vmmEnded) {
    AgentGuest guest = new AgentGuest(guests, directory.guestSocket());
    guest.useToken(accessToken);
    AtomicBoolean awake = new AtomicBoolean();
    return reached(
        guest, directory, () -> openAwakened(guest, directory, awake), vmmEnded, PATIENCE);
  }

  private static MuxFront openAwakened(
      AgentGuest guest, MachineDirectory directory, AtomicBoolean awake) {
    if (awake.get()) {
      return openAnswering(guest, directory, false, ANSWER_TIMEOUT);
    }
    MuxFront front = opened(directory, false, ANSWER_TIMEOUT, guest::awaken);
    awake.set(true);
    return front;
  }

  private static GuestConnection reached(
      AgentGuest guest,
      MachineDirectory directory,
      Supplier<MuxFront> opening,
      CompletableFuture<?> vmmEnded,
      Duration patience) {
    FrontKeeper keeper = FrontKeeper.start(directory.name(), opening);
    vmmEnded.thenRun(keeper::stop);
    if (!keeper.awaitReached(patience)) {
      if (vmmEnded.isDone()) {
        keeper.close();
        throw new OmniRunException(
            ErrorCode.MACHINE_FAILED, "the virtual machine ended before its agent answered");
      }
      log.warn(
          "the agent of {} has not answered in {} and is tried on", directory.name(), patience);
    }
    return new GuestConnection(keeper::close, guest);
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
    return opened(directory, freshClone, timeout, guest::awaitAgent);
  }

  /** A front through which the guest was spoken to already. */
  private static MuxFront opened(
      MachineDirectory directory, boolean freshClone, Duration timeout, Runnable firstCall) {
    MuxFront front = open(directory, freshClone, timeout);
    try {
      firstCall.run();
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
