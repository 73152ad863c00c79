package io.omnirun.core;

import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.EndReason;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxState;
import java.time.Clock;
import java.util.Optional;

/**
 * The ends that owners ask for. Thread-safe.
 *
 * <p>A write that failed may have happened all the same, its answer lost on the way: nobody wins
 * when it is repeated. So whoever has seen one fail also looks at what the row says.
 */
final class SandboxKills {
  private final SandboxStore store;
  private final Endings endings;
  private final Flights flights;
  private final Retries retries;
  private final Clock clock;

  SandboxKills(SandboxStore store, Endings endings, Flights flights, Retries retries, Clock clock) {
    this.store = store;
    this.endings = endings;
    this.flights = flights;
    this.retries = retries;
    this.clock = clock;
  }

  /**
   * Kills it, be it paused or on its way there or back; false if it is not in its state any more.
   * The answer comes when the kill is on record and has been tried: what could not be freed then is
   * tried again until it is.
   */
  boolean kill(Sandbox sandbox) {
    boolean won = moveToKilling(sandbox);
    if (won) {
      flights.await(sandbox.id());
      endings.endKilling(sandbox);
    }
    return won;
  }

  private boolean moveToKilling(Sandbox sandbox) {
    try {
      return tryMoveToKilling(sandbox);
    } catch (RuntimeException e) {
      if (wasMovedAfterAll(sandbox, e)) {
        return true;
      }
      throw e;
    }
  }

  /** If nobody can tell now, that is found out later: the caller hears of the failure. */
  private boolean wasMovedAfterAll(Sandbox sandbox, RuntimeException failure) {
    try {
      if (isKilling(sandbox)) {
        return true;
      }
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
    retries.later(
        "finding out whether sandbox " + sandbox.id() + " is to be killed",
        () -> endIfKilling(sandbox));
    return false;
  }

  private boolean tryMoveToKilling(Sandbox sandbox) {
    return store.beginKilling(sandbox.account(), sandbox.id(), sandbox.state(), EndReason.KILLED);
  }

  private void endIfKilling(Sandbox sandbox) {
    if (isKilling(sandbox)) {
      endings.endKilling(sandbox);
    }
  }

  private boolean isKilling(Sandbox sandbox) {
    return store
        .find(sandbox.account(), sandbox.id())
        .map(row -> row.state() == SandboxState.KILLING)
        .orElse(false);
  }

  /** Takes a failed sandbox out of sight; false if somebody did before. */
  boolean dismissFailed(Sandbox sandbox) {
    return store.finish(
        sandbox.account(),
        sandbox.id(),
        SandboxState.FAILED,
        SandboxState.KILLED,
        clock.instant(),
        Optional.empty());
  }
}
