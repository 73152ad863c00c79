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
   * @throws OmniRunException SANDBOX_NOT_FOUND, SANDBOX_PAUSED, or SANDBOX_NOT_RUNNING with the
   *     state it is in
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

  /**
   * Calls into a sandbox of the account.
   *
   * <p>They throw as {@link #guest} when they are made, SANDBOX_PAUSED when it is paused under
   * them, or SANDBOX_NOT_RUNNING when it is ended.
   */
  InGuest inGuest(Account account, SandboxId id) {
    return inGuest(account.id(), id);
  }

  /** The same for an account of which only the name is known. */
  InGuest inGuest(AccountId account, SandboxId id) {
    return new InGuest(() -> guest(account, id), () -> state(account, id));
  }

  private SandboxState state(AccountId account, SandboxId id) {
    return store.find(account, id).map(Sandbox::state).orElse(SandboxState.KILLED);
  }

  static OmniRunException notFound() {
    return new OmniRunException(
        ErrorCode.SANDBOX_NOT_FOUND,
        "there is no such sandbox; GET /sandboxes lists those that run");
  }

  /** What a call that needs a running sandbox is told of one in another state. */
  static OmniRunException notRunning(Sandbox sandbox) {
    return switch (sandbox.state()) {
      case PAUSING, PAUSED ->
          new OmniRunException(
              ErrorCode.SANDBOX_PAUSED,
              "the sandbox is paused; POST /sandboxes/{id}/resume lets it run on");
      case RESUMING ->
          new OmniRunException(
              ErrorCode.SANDBOX_PAUSED, "the sandbox is being resumed; try again in a moment");
      case CREATING, RUNNING, KILLING, KILLED, FAILED -> ended(sandbox);
    };
  }

  private static OmniRunException ended(Sandbox sandbox) {
    String why = sandbox.failureReason().map(reason -> ": " + reason).orElse("");
    return new OmniRunException(
        ErrorCode.SANDBOX_NOT_RUNNING, "the sandbox is " + sandbox.state().text() + why);
  }
}
