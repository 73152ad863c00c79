package io.omnirun.core;

import static java.util.Objects.requireNonNull;

import io.omnirun.core.ports.Machine;
import io.omnirun.model.AccountId;
import io.omnirun.model.LlmGrant;
import io.omnirun.model.MachineId;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/**
 * The sandboxes of this node with their machines: what a call needs on its way to a guest, without
 * asking the database. One that is ended is withdrawn first, so that no caller reaches it any more,
 * and forgotten when its machine is gone. Thread-safe.
 */
final class LiveSandboxes {
  /**
   * One that runs and that nobody ends, for who knows no more than its name.
   *
   * @param secure its ports are reached with its traffic token only
   * @param maskedHost the {@code Host} that requests to its ports carry
   * @param llm what it may do with language models
   */
  record Running(
      SandboxId id,
      AccountId owner,
      Machine machine,
      boolean secure,
      Optional<String> maskedHost,
      Optional<LlmGrant> llm) {}

  private record Entry(Running running, UseRecord uses, boolean withdrawn) {
    AccountId owner() {
      return running.owner();
    }

    Machine machine() {
      return running.machine();
    }

    boolean isVisibleTo(AccountId account) {
      return owner().equals(account) && !withdrawn;
    }

    boolean runsOn(Machine other) {
      return machine() == other && !withdrawn;
    }

    Entry hidden() {
      return new Entry(running, uses, true);
    }
  }

  private final LongSupplier nanoClock;
  private final ConcurrentHashMap<SandboxId, Entry> entries = new ConcurrentHashMap<>();

  /** Completes when the next one comes. */
  private final AtomicReference<CompletableFuture<Void>> arrival =
      new AtomicReference<>(new CompletableFuture<>());

  LiveSandboxes() {
    this(System::nanoTime);
  }

  /**
   * @param nanoClock {@link System#nanoTime} or one like it
   */
  LiveSandboxes(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  /** Makes it known on a machine; who uses it there already still does. */
  void add(Sandbox sandbox, Machine machine) {
    entries.compute(
        sandbox.id(),
        (ignored, before) ->
            before != null && before.runsOn(machine)
                ? before
                : new Entry(running(sandbox, machine), new UseRecord(nanoClock), false));
    requireNonNull(arrival.getAndSet(new CompletableFuture<>())).complete(null);
  }

  private static Running running(Sandbox sandbox, Machine machine) {
    return new Running(
        sandbox.id(),
        sandbox.account(),
        machine,
        sandbox.settings().secure(),
        sandbox.settings().maskRequestHost(),
        sandbox.settings().llm());
  }

  /** The sandbox on a machine; none that is being ended. */
  Optional<Running> runningOn(MachineId machine) {
    return entryOn(machine).filter(entry -> !entry.withdrawn()).map(Entry::running);
  }

  private Optional<Entry> entryOn(MachineId machine) {
    return entries.values().stream()
        .filter(entry -> entry.machine().id().equals(machine))
        .findFirst();
  }

  /**
   * The same, but the sandbox of a machine that nobody knows is waited for: a guest that is resumed
   * runs a moment before it is here.
   */
  Optional<Running> awaitRunningOn(MachineId machine, Duration patience) {
    long end = nanoClock.getAsLong() + patience.toNanos();
    while (true) {
      CompletableFuture<Void> next = requireNonNull(arrival.get());
      if (entryOn(machine).isPresent()) {
        return runningOn(machine);
      }
      long left = end - nanoClock.getAsLong();
      if (left <= 0) {
        return Optional.empty();
      }
      next.copy().completeOnTimeout(null, left, TimeUnit.NANOSECONDS).join();
    }
  }

  /** The sandbox, whosever it is; none that is being ended. */
  Optional<Running> running(SandboxId id) {
    return Optional.ofNullable(entries.get(id))
        .filter(entry -> !entry.withdrawn())
        .map(Entry::running);
  }

  /** The machine of the account's sandbox; of another's none, nor of one that is being ended. */
  Optional<Machine> find(AccountId account, SandboxId id) {
    return Optional.ofNullable(entries.get(id))
        .filter(entry -> entry.isVisibleTo(account))
        .map(Entry::machine);
  }

  /** When the account's sandbox was used; as {@link #find}. */
  Optional<UseRecord> uses(AccountId account, SandboxId id) {
    return Optional.ofNullable(entries.get(id))
        .filter(entry -> entry.isVisibleTo(account))
        .map(Entry::uses);
  }

  /** For how long nobody has used a sandbox; empty if it does not run. */
  Optional<Duration> idle(SandboxId id) {
    return Optional.ofNullable(entries.get(id))
        .filter(entry -> !entry.withdrawn())
        .map(entry -> entry.uses().idle());
  }

  /** Hides the sandbox from callers; only one gets its machine, and with it the duty to end it. */
  Optional<Machine> withdraw(SandboxId id) {
    Entry entry = entries.get(id);
    if (entry == null || entry.withdrawn()) {
      return Optional.empty();
    }
    return entries.replace(id, entry, entry.hidden())
        ? Optional.of(entry.machine())
        : Optional.empty();
  }

  /**
   * Takes the sandbox out for good; answers whether it was here on that machine, which is so once.
   */
  boolean forget(SandboxId id, Machine machine) {
    Entry entry = entries.get(id);
    return entry != null && entry.machine() == machine && entries.remove(id, entry);
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

  /** Whether it is here on that machine and nobody ends it. */
  boolean isRunningOn(SandboxId id, Machine machine) {
    Entry entry = entries.get(id);
    return entry != null && entry.runsOn(machine);
  }

  /** How many are here that nobody ends. */
  int runningCount() {
    return Math.toIntExact(entries.values().stream().filter(entry -> !entry.withdrawn()).count());
  }
}
