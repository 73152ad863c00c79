package io.omnirun.core;

import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.EndReason;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxState;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends sandboxes that nobody uses, or pauses them if that is what their owner wants at their end.
 * Permanent ones and those with credentials of a vault are left alone: they may see no call for
 * days. A restart of the server counts as a use. Thread-safe.
 */
final class IdleSandboxes {
  private static final Logger log = LoggerFactory.getLogger(IdleSandboxes.class);

  /** The timer of a sandbox, beside that of its deadline. */
  private record IdleTimer(SandboxId sandbox) {}

  private final SandboxStore store;
  private final LiveSandboxes live;
  private final Deadlines deadlines;
  private final Endings endings;
  private final Retries retries;
  private final Clock clock;
  private final Duration limit;

  /**
   * @param limit zero: none is ever too idle
   */
  IdleSandboxes(
      SandboxStore store,
      LiveSandboxes live,
      Deadlines deadlines,
      Endings endings,
      Retries retries,
      Clock clock,
      Duration limit) {
    this.store = store;
    this.live = live;
    this.deadlines = deadlines;
    this.endings = endings;
    this.retries = retries;
    this.clock = clock;
    this.limit = limit;
  }

  /**
   * Looks after a sandbox that begins to run.
   *
   * @param pausing pauses one with {@code autoPause}; may fail
   */
  void watch(Sandbox sandbox, Consumer<Sandbox> pausing) {
    if (!limit.isZero()) {
      arm(sandbox, limit, pausing);
    }
  }

  /** Under which its timer can be cancelled. */
  static Object timer(SandboxId sandbox) {
    return new IdleTimer(sandbox);
  }

  private void arm(Sandbox sandbox, Duration delay, Consumer<Sandbox> pausing) {
    deadlines.arm(timer(sandbox.id()), clock.instant().plus(delay), () -> look(sandbox, pausing));
  }

  private void look(Sandbox sandbox, Consumer<Sandbox> pausing) {
    Optional<Duration> left = left(sandbox);
    if (left.isEmpty()) {
      return;
    }
    if (left.get().isPositive()) {
      arm(sandbox, left.get(), pausing);
    } else {
      retries.untilDone(
          "ending sandbox " + sandbox.id() + ", which nobody uses", () -> end(sandbox, pausing));
    }
  }

  /** How long nobody may use it yet; empty if it does not run. */
  private Optional<Duration> left(Sandbox sandbox) {
    return live.idle(sandbox.id()).map(limit::minus);
  }

  /** What its owner has chosen counts as it stands now. */
  private void end(Sandbox sandbox, Consumer<Sandbox> pausing) {
    Optional<Sandbox> row = store.find(sandbox.account(), sandbox.id());
    if (row.isEmpty() || !live.isRunning(sandbox.id())) {
      return;
    }
    if (endings.goOn(row)) {
      return;
    }
    // Between two tries it may have been used.
    Duration left = left(sandbox).orElse(limit);
    if (left.isPositive()) {
      arm(sandbox, left, pausing);
    } else if (isExempt(row.get())) {
      arm(sandbox, limit, pausing);
    } else if (row.get().settings().autoPause()) {
      pause(row.get(), pausing);
    } else {
      kill(row.get(), pausing);
    }
  }

  private static boolean isExempt(Sandbox sandbox) {
    return sandbox.settings().timeout().isZero() || sandbox.settings().vaultInject();
  }

  /** One that cannot be paused now is not lost: it runs on, and is looked at again. */
  private void pause(Sandbox sandbox, Consumer<Sandbox> pausing) {
    arm(sandbox, limit, pausing);
    try {
      pausing.accept(sandbox);
    } catch (RuntimeException e) {
      log.warn("sandbox {}, which nobody uses, is paused later", sandbox.id(), e);
    }
  }

  /** One that is in another state just now is looked at again: it may come back from there. */
  private void kill(Sandbox sandbox, Consumer<Sandbox> pausing) {
    if (store.beginKilling(sandbox.account(), sandbox.id(), SandboxState.RUNNING, EndReason.IDLE)) {
      log.info("sandbox {} was not used for {}", sandbox.id(), limit);
      endings.endKilling(sandbox);
    } else {
      arm(sandbox, limit, pausing);
    }
  }
}
