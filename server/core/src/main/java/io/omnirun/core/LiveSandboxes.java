package io.omnirun.core;

import io.omnirun.core.ports.Machine;
import io.omnirun.model.AccountId;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The sandboxes of this node with their machines: what a call needs on its way to a guest, without
 * asking the database. One that is ended is withdrawn first, so that no caller reaches it any more,
 * and forgotten when its machine is gone. Thread-safe.
 */
final class LiveSandboxes {
  private record Entry(AccountId owner, Machine machine, boolean withdrawn) {}

  private final ConcurrentHashMap<SandboxId, Entry> entries = new ConcurrentHashMap<>();

  void add(Sandbox sandbox, Machine machine) {
    entries.put(sandbox.id(), new Entry(sandbox.account(), machine, false));
  }

  /** The machine of the account's sandbox; of another's none, nor of one that is being ended. */
  Optional<Machine> find(AccountId account, SandboxId id) {
    return Optional.ofNullable(entries.get(id))
        .filter(entry -> entry.owner().equals(account) && !entry.withdrawn())
        .map(Entry::machine);
  }

  /** Hides the sandbox from callers; only one gets its machine, and with it the duty to end it. */
  Optional<Machine> withdraw(SandboxId id) {
    Entry entry = entries.get(id);
    if (entry == null || entry.withdrawn()) {
      return Optional.empty();
    }
    Entry withdrawn = new Entry(entry.owner(), entry.machine(), true);
    return entries.replace(id, entry, withdrawn) ? Optional.of(entry.machine()) : Optional.empty();
  }

  /** Takes the sandbox out for good. */
  void forget(SandboxId id) {
    entries.remove(id);
  }

  /** Whether it is here, be it being ended. */
  boolean isKnown(SandboxId id) {
    return entries.containsKey(id);
  }

  /** Whether it is here and nobody ends it. */
  boolean isRunning(SandboxId id) {
    Entry entry = entries.get(id);
    return entry != null && !entry.withdrawn();
  }

  /** How many are here that nobody ends. */
  int runningCount() {
    return Math.toIntExact(entries.values().stream().filter(entry -> !entry.withdrawn()).count());
  }
}
