package io.omnirun.machine;

import io.omnirun.core.ports.Guest;
import io.omnirun.guest.FrontKeeper;
import io.omnirun.guest.HostServices;
import io.omnirun.guest.LocalSessions;
import io.omnirun.guest.MuxFront;
import io.omnirun.guest.PortClosedException;
import io.omnirun.guest.link.LinkConnection;
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
public final class GuestConnection implements AutoCloseable {
  /** A clone answers in a fraction of a second; a host that starts dozens at once takes longer. */
  private static final Duration ANSWER_TIMEOUT = Duration.ofMinutes(1);

  /**
   * For the first answer of a guest that was spoken to before. Callers wait for it, and so does the
   * start of a server; an agent that needs longer is reached later.
   */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Only template builds wait for a boot; what goes by between two attempts costs nobody. */
  private static final Duration BOOT_RETRY = Duration.ofMillis(100);

  /**
   * An agent that is told of the end of its session here need not find out after the pause, when it
   * would take the next session for the one that has ended. A busy guest needs seconds for it, and
   * only one that is hostile or hangs needs all of them.
   */
  private static final Duration LEAVE_TIMEOUT = Duration.ofSeconds(15);

  private static final Logger log = LoggerFactory.getLogger(GuestConnection.class);

  private final Runnable closing;
  private final Ends ends;

  /**
   * The two ends of a connection.
   *
   * @param services what the guest reaches on this host
   * @param sessions where its client looks for its session
   */
  private record Ends(
      AgentGuest guest, GuestPath path, HostServices services, LocalSessions sessions) {
    /** Of a machine that may be a sandbox's. */
    static Ends of(GuestResources guests, GuestPath path) {
      return with(guests, path, guests.calls().of(path.machine()));
    }

    static Ends with(GuestResources guests, GuestPath path, HostServices services) {
      return new Ends(
          new AgentGuest(guests, path.guestSocket()), path, services, guests.http().sessions());
    }
  }

  private GuestConnection(Runnable closing, Ends ends) {
    this.closing = closing;
    this.ends = ends;
  }

  /**
   * Connects to a guest that boots; returns when its agent answers, if it does in time. A session
   * that breaks is not begun again: the boot has failed then.
   */
  public static GuestConnection toBooting(GuestResources guests, GuestPath path, Duration timeout) {
    Ends ends = Ends.with(guests, path, HostServices.NONE);
    MuxFront front = openWhenListening(ends, timeout);
    return new GuestConnection(front::close, ends);
  }

  /**
   * Connects to a clone to which nobody has spoken yet. Its agent served when the snapshot was
   * taken, so nothing is asked of it: a call costs an emulated guest a tenth of its start. A
   * session that breaks is begun again until {@code vmmEnded} completes; calls fail in the
   * meantime.
   */
  public static GuestConnection toClone(
      GuestResources guests, GuestPath path, CompletableFuture<?> vmmEnded) {
    Ends ends = Ends.of(guests, path);
    return lasting(ends, open(ends, true, ANSWER_TIMEOUT), vmmEnded);
  }

  /**
   * Connects to a guest to which an earlier server has spoken; returns when its agent answers. One
   * that does not answer soon is tried on until it does, for its VMM lives: calls fail in the
   * meantime.
   *
   * @param accessToken the one its identity was given
   * @throws OmniRunException MACHINE_FAILED if the VMM ends meanwhile
   */
  public static GuestConnection toAdopted(
      GuestResources guests, GuestPath path, String accessToken, CompletableFuture<?> vmmEnded) {
    return toAdopted(guests, path, accessToken, vmmEnded, PATIENCE);
  }

  public static GuestConnection toAdopted(
      GuestResources guests,
      GuestPath path,
      String accessToken,
      CompletableFuture<?> vmmEnded,
      Duration patience) {
    Ends ends = Ends.of(guests, path);
    ends.guest().useToken(accessToken);
    return reached(ends, () -> openAnswering(ends, false, ANSWER_TIMEOUT), vmmEnded, patience);
  }

  /**
   * As {@link #toAdopted}, to a guest that goes on after a pause: as soon as it answers it is given
   * time and randomness. Nothing else is asked of it first: its agent served when it was paused,
   * and a call costs an emulated guest dearly.
   */
  public static GuestConnection toResumed(
      GuestResources guests, GuestPath path, String accessToken, CompletableFuture<?> vmmEnded) {
    Ends ends = Ends.of(guests, path);
    ends.guest().useToken(accessToken);
    AtomicBoolean awake = new AtomicBoolean();
    return reached(ends, () -> openAwakened(ends, awake), vmmEnded, PATIENCE);
  }

  private static MuxFront openAwakened(Ends ends, AtomicBoolean awake) {
    if (awake.get()) {
      return openAnswering(ends, false, ANSWER_TIMEOUT);
    }
    MuxFront front = opened(ends, false, ANSWER_TIMEOUT, ends.guest()::awaken);
    awake.set(true);
    return front;
  }

  private static GuestConnection reached(
      Ends ends, Supplier<MuxFront> opening, CompletableFuture<?> vmmEnded, Duration patience) {
    String name = ends.path().machine().value();
    FrontKeeper keeper = FrontKeeper.start(name, opening);
    vmmEnded.thenRun(keeper::stop);
    if (!keeper.awaitReached(patience)) {
      if (vmmEnded.isDone()) {
        keeper.close();
        throw new OmniRunException(
            ErrorCode.MACHINE_FAILED, "the virtual machine ended before its agent answered");
      }
      log.warn("the agent of {} has not answered in {} and is tried on", name, patience);
    }
    return new GuestConnection(keeper::close, ends);
  }

  /**
   * Connects anew to a guest whose connection was closed while its VMM lives; the guest object
   * stays what it is. One that does not answer at once is tried until it does.
   */
  public GuestConnection reopened(CompletableFuture<?> vmmEnded) {
    FrontKeeper keeper =
        FrontKeeper.start(
            ends.path().machine().value(), () -> openAnswering(ends, false, ANSWER_TIMEOUT));
    vmmEnded.thenRun(keeper::stop);
    return new GuestConnection(keeper::close, ends);
  }

  private static GuestConnection lasting(Ends ends, MuxFront first, CompletableFuture<?> vmmEnded) {
    FrontKeeper keeper =
        FrontKeeper.start(
            ends.path().machine().value(), first, () -> openAnswering(ends, false, ANSWER_TIMEOUT));
    vmmEnded.thenRun(keeper::stop);
    return new GuestConnection(keeper::close, ends);
  }

  /**
   * Where the VMM refuses connections until the agent listens, which is all that it tells of a
   * guest that boots, it is asked again.
   */
  private static MuxFront openWhenListening(Ends ends, Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      try {
        return openAnswering(ends, true, Duration.ofNanos(deadline - System.nanoTime()));
      } catch (OmniRunException e) {
        boolean isEarly = e.getCause() instanceof PortClosedException;
        if (!isEarly || System.nanoTime() + BOOT_RETRY.toNanos() > deadline) {
          throw e;
        }
        pause(e);
      }
    }
  }

  private static void pause(OmniRunException reason) {
    try {
      Thread.sleep(BOOT_RETRY);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw reason;
    }
  }

  private static MuxFront openAnswering(Ends ends, boolean freshClone, Duration timeout) {
    return opened(ends, freshClone, timeout, ends.guest()::awaitAgent);
  }

  /** A front through which the guest was spoken to already. */
  private static MuxFront opened(
      Ends ends, boolean freshClone, Duration timeout, Runnable firstCall) {
    MuxFront front = open(ends, freshClone, timeout);
    try {
      firstCall.run();
      return front;
    } catch (RuntimeException e) {
      front.close();
      throw e;
    }
  }

  /** The end of the VMM ends the wait. */
  private static MuxFront open(Ends ends, boolean freshClone, Duration timeout) {
    try {
      MuxFront front =
          MuxFront.open(
              ends.path().dialer(),
              ends.path().guestSocket(),
              freshClone,
              timeout,
              ends.services());
      front.addTo(ends.sessions());
      return front;
    } catch (IOException e) {
      throw new OmniRunException(
          ErrorCode.GUEST_UNREACHABLE, "the sandbox's agent cannot be reached", e);
    }
  }

  public Guest guest() {
    return ends.guest();
  }

  /** See {@link AgentGuest#rehearseIdentity}. */
  public void rehearseIdentity() {
    ends.guest().rehearseIdentity();
  }

  /** See {@link AgentGuest#prepareSnapshot}. */
  public void prepareSnapshot() {
    ends.guest().prepareSnapshot();
  }

  /** Closes this before a pause, and waits a while until the agent has noticed. */
  public void leave() {
    close();
    try {
      LinkConnection.awaitIdle(ends.path().dialer(), LEAVE_TIMEOUT);
    } catch (IOException e) {
      log.debug("the agent of {} has not noticed that it is paused", ends.path().machine(), e);
    }
  }

  @Override
  public void close() {
    closing.run();
  }
}
