package io.omnirun.core;

import io.omnirun.core.ports.AccountStore;
import io.omnirun.core.ports.AdminStore;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.NodeId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the sandboxes of suspended accounts. Whoever suspends one writes that into the database and
 * knows nothing of servers; each looks there every second for what it has to end, also for
 * sandboxes that were being made at that moment.
 */
public final class Suspensions implements Runnable {
  /** One small read of the database each. */
  public static final Duration INTERVAL = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(Suspensions.class);

  private final AdminStore store;
  private final AccountStore accounts;
  private final Sandboxes sandboxes;
  private final NodeId node;
  private final Set<SandboxId> ending = ConcurrentHashMap.newKeySet();

  public Suspensions(AdminStore store, AccountStore accounts, Sandboxes sandboxes, NodeId node) {
    this.store = store;
    this.accounts = accounts;
    this.sandboxes = sandboxes;
    this.node = node;
  }

  /** Waits for no sandbox's end. */
  @Override
  public void run() {
    for (Sandbox sandbox : store.listSandboxesOfSuspended(node)) {
      if (ending.add(sandbox.id())) {
        Thread.startVirtualThread(() -> end(sandbox));
      }
    }
  }

  private void end(Sandbox sandbox) {
    try {
      accounts
          .findAccount(sandbox.account())
          .ifPresent(account -> sandboxes.kill(account, sandbox.id()));
      log.info("sandbox {} was ended: its account is suspended", sandbox.id());
    } catch (OmniRunException e) {
      if (e.code() != ErrorCode.SANDBOX_NOT_FOUND) {
        log.warn("sandbox {} of a suspended account could not be ended yet", sandbox.id(), e);
      }
    } finally {
      ending.remove(sandbox.id());
    }
  }
}
