package io.omnirun.core;

import io.omnirun.core.ports.Guest;
import io.omnirun.core.ports.Machine;
import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxState;

/** The one way from an id that a caller names to the caller's own sandbox. */
final class SandboxLookup {
  private final SandboxStore store;
  private final LiveSandboxes live;

  SandboxLookup(SandboxStore store, LiveSandboxes live) {
    this.store = store;
    this.live = live;
  }

  /**
   * @throws OmniRunException SANDBOX_NOT_FOUND if it is not there, killed, or somebody else's
   */
  Sandbox find(Account account, SandboxId id) {
    return find(account.id(), id);
  }

  private Sandbox find(AccountId account, SandboxId id) {
    return store
        .find(account, id)
        .filter(sandbox -> sandbox.state() != SandboxState.KILLED)
        .orElseThrow(() -> notFound());
  }

  /**
   * The inside of a running sandbox.
   *
   * @throws OmniRunException SANDBOX_NOT_FOUND, or SANDBOX_NOT_RUNNING with the state it is in
   */
  Guest guest(Account account, SandboxId id) {
    return guest(account.id(), id);
  }

  /** The same for an account of which only the name is known. */
  Guest guest(AccountId account, SandboxId id) {
    return live.find(account, id)
        .map(Machine::guest)
        .orElseThrow(() -> notRunning(find(account, id)));
  }

  static OmniRunException notFound() {
    return new OmniRunException(
        ErrorCode.SANDBOX_NOT_FOUND,
        "there is no such sandbox; GET /sandboxes lists those that run");
  }

  static OmniRunException notRunning(Sandbox sandbox) {
    String why = sandbox.failureReason().map(reason -> ": " + reason).orElse("");
    return new OmniRunException(
        ErrorCode.SANDBOX_NOT_RUNNING, "the sandbox is " + sandbox.state().text() + why);
  }
}
