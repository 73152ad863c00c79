package io.omnirun.core;

import io.omnirun.core.ports.Machine;
import io.omnirun.model.AccountId;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The running sandboxes of this node with their machines: what a call needs on its way to a guest,
 * without asking the database. Thread-safe.
 */
final class LiveSandboxes {
  private record Entry(AccountId owner, Machine machine) {}

  private final ConcurrentHashMap<SandboxId, Entry> entries = new ConcurrentHashMap<>();

  void add(Sandbox sandbox, Machine machine) {
    entries.put(sandbox.id(), new Entry(sandbox.account(), machine));
  }

  /** The machine of the account's sandbox; of another's none. */
  Optional<Machine> find(AccountId account, SandboxId id) {
    return Optional.ofNullable(entries.get(id))
        .filter(entry -> entry.owner().equals(account))
        .map(Entry::machine);
  }

  /** Takes the sandbox out; only one caller gets its machine. */
  Optional<Machine> remove(SandboxId id) {
    return Optional.ofNullable(entries.remove(id)).map(Entry::machine);
  }

  int size() {
    return entries.size();
  }
}
