package io.omnirun.core;

import io.omnirun.model.AccountId;
import io.omnirun.model.SandboxId;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Who uses the sandboxes of this node: every adapter says so of each request and each connection
 * that is for a sandbox. One that nobody uses for long is ended, see {@link IdleSandboxes}.
 * Thread-safe; does not block.
 */
public final class SandboxUses {
  private final LiveSandboxes live;

  SandboxUses(LiveSandboxes live) {
    this.live = live;
  }

  /** A sandbox in use, until this is closed. Closing it is idempotent. */
  public interface Use extends AutoCloseable {
    @Override
    void close();
  }

  /**
   * Begins to use a sandbox. Naming one that does not run, or somebody else's, uses nothing. The
   * caller closes the use.
   */
  public Use begin(AccountId account, SandboxId id) {
    return live.uses(account, id).map(SandboxUses::begin).orElse(() -> {});
  }

  private static Use begin(UseRecord uses) {
    uses.begin();
    AtomicBoolean ended = new AtomicBoolean();
    return () -> {
      if (ended.compareAndSet(false, true)) {
        uses.end();
      }
    };
  }
}
