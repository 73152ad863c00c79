package io.omnirun.core;

import io.omnirun.core.Flights.Flight;
import io.omnirun.model.Account;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxState;
import java.util.Optional;
import java.util.function.BiFunction;

/** Pause and resume, as callers ask for them. Thread-safe; calls block. */
public final class SandboxPauses {
  /** Each is the end of another's way, which takes seconds. */
  private static final int MAX_ATTEMPTS = 5;

  private final SandboxLookup lookup;
  private final RunningSandboxes running;
  private final SandboxResumer resumer;
  private final Flights flights;

  SandboxPauses(
      SandboxLookup lookup, RunningSandboxes running, SandboxResumer resumer, Flights flights) {
    this.lookup = lookup;
    this.running = running;
    this.resumer = resumer;
    this.flights = flights;
  }

  /**
   * Keeps a running sandbox on disk, encrypted, and takes its machine away; one that is paused
   * stays so.
   *
   * @return {@code paused}; or {@code pausing} if all is kept and the launcher or the database must
   *     come back before it is over
   * @throws OmniRunException SANDBOX_NOT_FOUND, SANDBOX_NOT_RUNNING with the state it is in,
   *     PAUSED_LIMIT, NO_SPACE or MACHINE_FAILED: the sandbox runs on then, or says that it failed
   */
  public SandboxState pause(Account account, SandboxId id) {
    return move(account, id, SandboxState.RUNNING, SandboxState.PAUSED, running::pause);
  }

  /**
   * Lets a paused sandbox run on from where it stood still; one that runs does so already. Its
   * time-out counts anew.
   *
   * @return {@code running}; or {@code resuming} if the database must come back before it is over
   * @throws OmniRunException SANDBOX_NOT_FOUND, SANDBOX_NOT_RUNNING with the state it is in,
   *     CONCURRENT_LIMIT, CAPACITY_EXHAUSTED, PAUSED_STATE_UNREADABLE, PAUSED_STATE_DAMAGED and
   *     others: the sandbox stays paused then
   */
  public SandboxState resume(Account account, SandboxId id) {
    return move(account, id, SandboxState.PAUSED, SandboxState.RUNNING, resumer::resume);
  }

  private SandboxState move(
      Account account,
      SandboxId id,
      SandboxState from,
      SandboxState to,
      BiFunction<Sandbox, Flight, Optional<SandboxState>> way) {
    for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      Sandbox sandbox = lookup.find(account, id);
      if (sandbox.state() == to) {
        return to;
      }
      if (sandbox.state() == from) {
        Optional<Flight> flight = flights.begin(id);
        Optional<SandboxState> reached = flight.flatMap(begun -> way.apply(sandbox, begun));
        if (reached.isPresent()) {
          return requireAlive(reached.get());
        }
      } else if (!sandbox.state().isPausedOrNearly()) {
        throw SandboxLookup.notRunning(sandbox);
      }
      flights.await(id);
    }
    throw SandboxLookup.notRunning(lookup.find(account, id));
  }

  private static SandboxState requireAlive(SandboxState reached) {
    return switch (reached) {
      case CREATING, RUNNING, PAUSING, PAUSED, RESUMING -> reached;
      case KILLING, KILLED -> throw SandboxLookup.notFound();
      case FAILED ->
          throw new OmniRunException(
              ErrorCode.SANDBOX_NOT_RUNNING, "the sandbox has failed meanwhile");
    };
  }
}
