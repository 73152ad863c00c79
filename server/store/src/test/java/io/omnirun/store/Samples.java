package io.omnirun.store;

import io.omnirun.core.ports.SandboxStore;
import io.omnirun.core.ports.StoredToken;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.AccountLimits;
import io.omnirun.model.MachineId;
import io.omnirun.model.MachineKind;
import io.omnirun.model.NodeId;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxSettings;
import io.omnirun.model.SandboxState;
import io.omnirun.model.SizeClass;
import io.omnirun.model.TokenId;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/** Accounts and sandboxes to store; every one has ids of its own. */
final class Samples {
  static final Instant NOON = Instant.parse("2026-03-01T12:00:00.123Z");

  /** The node that most sandboxes are of. */
  static final NodeId NODE = NodeId.random();

  private Samples() {}

  static Account insertAccount(Database database, int maxConcurrentSandboxes) {
    Account account = new Account(AccountId.random(), "Ünit & Söhne", maxConcurrentSandboxes);
    database.accounts().insertAccount(account, token(randomHash()), NOON);
    return account;
  }

  /** An account that may have so many sandboxes paused. */
  static Account insertAccount(Database database, int maxConcurrent, int maxPaused) {
    Account account =
        new Account(
            AccountId.random(),
            "paused",
            AccountLimits.DEFAULT.withSandboxes(maxConcurrent, maxPaused));
    database.accounts().insertAccount(account, token(randomHash()), NOON);
    return account;
  }

  static StoredToken token(String sha256) {
    return new StoredToken(TokenId.random(), "a token", sha256);
  }

  /** The hash of a token that nobody has. */
  static String randomHash() {
    return (UUID.randomUUID() + "" + UUID.randomUUID()).replace("-", "");
  }

  static Sandbox creating(Account account) {
    return creating(account, NOON, Map.of("purpose", "test"));
  }

  static Sandbox creating(Account account, Instant startedAt, Map<String, String> metadata) {
    return new Sandbox(
        SandboxId.random(),
        account.id(),
        "base",
        SandboxState.CREATING,
        new SizeClass(2, 1_024, 512),
        MachineId.random(),
        metadata,
        startedAt,
        Optional.of(startedAt.plus(Duration.ofMinutes(5))),
        Optional.empty(),
        Optional.empty());
  }

  /** One for which its owner has chosen something. */
  static Sandbox creating(Account account, SandboxSettings settings) {
    Sandbox plain = creating(account);
    return new Sandbox(
        plain.id(),
        plain.account(),
        plain.template(),
        plain.state(),
        plain.size(),
        plain.machine(),
        plain.metadata(),
        plain.startedAt(),
        plain.deadline(),
        plain.endedAt(),
        plain.failureReason(),
        settings,
        plain.endReason(),
        plain.machineKind());
  }

  /** The same sandbox on a machine of a kind. */
  static Sandbox on(Sandbox plain, MachineKind kind) {
    return new Sandbox(
        plain.id(),
        plain.account(),
        plain.template(),
        plain.state(),
        plain.size(),
        plain.machine(),
        plain.metadata(),
        plain.startedAt(),
        plain.deadline(),
        plain.endedAt(),
        plain.failureReason(),
        plain.settings(),
        plain.endReason(),
        Optional.of(kind));
  }

  /** Inserts a sandbox and moves it, by the ways of the port, to a state. */
  static Sandbox insert(Database database, Sandbox sandbox, SandboxState state) {
    database.sandboxes(NODE).insertCreating(sandbox);
    switch (state) {
      case CREATING -> {}
      case RUNNING -> database.sandboxes(NODE).markRunning(sandbox.account(), sandbox.id());
      case PAUSING, PAUSED, RESUMING -> insertPausing(database, sandbox, state);
      case KILLING ->
          database
              .sandboxes(NODE)
              .transition(sandbox.account(), sandbox.id(), sandbox.state(), state);
      case KILLED, FAILED ->
          database
              .sandboxes(NODE)
              .finish(
                  sandbox.account(), sandbox.id(), sandbox.state(), state, NOON, Optional.empty());
    }
    return state == SandboxState.PAUSED || state == SandboxState.RESUMING
        ? sandbox.withState(state).withDeadline(Optional.empty())
        : sandbox.withState(state);
  }

  private static void insertPausing(Database database, Sandbox sandbox, SandboxState state) {
    SandboxStore store = database.sandboxes(NODE);
    store.markRunning(sandbox.account(), sandbox.id());
    store.beginPause(sandbox.account(), sandbox.id());
    if (state != SandboxState.PAUSING) {
      store.endPause(sandbox.account(), sandbox.id());
    }
    if (state == SandboxState.RESUMING) {
      store.beginResume(sandbox.account(), sandbox.id());
    }
  }
}
