package io.omnirun.core;

import static java.util.Objects.requireNonNull;

import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.AccountId;
import io.omnirun.model.EndReason;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxState;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Sandboxes in a map, by the contract of the port, with writes that fail when they are told to. */
final class InMemorySandboxStore implements SandboxStore {
  final Faults inserts = new Faults();
  final Faults marks = new Faults();
  final Faults transitions = new Faults();
  final Faults finishes = new Faults();
  final Faults finds = new Faults();
  final Faults pauses = new Faults();
  final Faults networks = new Faults();

  private final Map<SandboxId, Sandbox> rows = new LinkedHashMap<>();
  private final Set<SandboxId> spent = new HashSet<>();
  private final int limit;

  /** How many an account may have paused. */
  volatile int pausedLimit = 10;

  InMemorySandboxStore(int limit) {
    this.limit = limit;
  }

  synchronized void put(Sandbox sandbox) {
    rows.put(sandbox.id(), sandbox);
  }

  /** The row, whatever calls are told. */
  synchronized Sandbox row(SandboxId id) {
    return requireNonNull(rows.get(id));
  }

  synchronized Optional<SandboxState> stateOf(SandboxId id) {
    return Optional.ofNullable(rows.get(id)).map(Sandbox::state);
  }

  synchronized Sandbox only() {
    return rows.values().iterator().next();
  }

  @Override
  public synchronized void insertCreating(Sandbox sandbox) {
    requireFewer(sandbox.account(), SandboxState::isConcurrent, limit, ErrorCode.CONCURRENT_LIMIT);
    inserts.call(() -> Optional.ofNullable(rows.put(sandbox.id(), sandbox)));
  }

  private void requireFewer(
      AccountId account, Predicate<SandboxState> counts, int maximum, ErrorCode otherwise) {
    long count =
        rows.values().stream()
            .filter(row -> row.account().equals(account) && counts.test(row.state()))
            .count();
    if (count >= maximum) {
      throw new OmniRunException(otherwise, "as many as there may be");
    }
  }

  @Override
  public synchronized boolean beginPause(AccountId account, SandboxId id) {
    requireFewer(account, SandboxState::isPausedOrNearly, pausedLimit, ErrorCode.PAUSED_LIMIT);
    return pauses.call(() -> move(account, id, SandboxState.RUNNING, SandboxState.PAUSING));
  }

  @Override
  public synchronized boolean beginExpiryPause(AccountId account, SandboxId id, Instant now) {
    return isPast(account, id, now) && beginPause(account, id);
  }

  @Override
  public synchronized boolean endPause(AccountId account, SandboxId id) {
    return pauses.call(
        () -> {
          boolean moved = move(account, id, SandboxState.PAUSING, SandboxState.PAUSED);
          if (moved) {
            put(row(id).withDeadline(Optional.empty()));
          }
          return moved;
        });
  }

  @Override
  public synchronized boolean beginResume(AccountId account, SandboxId id) {
    if (row(account, id).filter(row -> row.state() == SandboxState.PAUSED).isEmpty()) {
      return false;
    }
    requireFewer(account, SandboxState::isConcurrent, limit, ErrorCode.CONCURRENT_LIMIT);
    return pauses.call(() -> move(account, id, SandboxState.PAUSED, SandboxState.RESUMING));
  }

  @Override
  public synchronized boolean endResume(
      AccountId account, SandboxId id, MachineId machine, Optional<Instant> deadline) {
    return pauses.call(
        () -> {
          boolean moved = move(account, id, SandboxState.RESUMING, SandboxState.RUNNING);
          if (moved) {
            put(row(id).withMachine(machine).withDeadline(deadline));
          }
          return moved;
        });
  }

  @Override
  public synchronized boolean replaceMachine(AccountId account, SandboxId id, MachineId machine) {
    Optional<Sandbox> creating =
        row(account, id).filter(row -> row.state() == SandboxState.CREATING);
    creating.ifPresent(row -> put(row.withMachine(machine)));
    return creating.isPresent();
  }

  @Override
  public synchronized boolean markRunning(AccountId account, SandboxId id) {
    return marks.call(() -> move(account, id, SandboxState.CREATING, SandboxState.RUNNING));
  }

  @Override
  public synchronized boolean transition(
      AccountId account, SandboxId id, SandboxState from, SandboxState to) {
    return transitions.call(() -> move(account, id, from, to));
  }

  private boolean move(AccountId account, SandboxId id, SandboxState from, SandboxState to) {
    return change(account, id, from, row -> row.withState(to));
  }

  @Override
  public synchronized boolean finish(
      AccountId account,
      SandboxId id,
      SandboxState from,
      SandboxState to,
      Instant endedAt,
      Optional<String> reason) {
    return finishes.call(
        () ->
            change(
                account,
                id,
                from,
                row ->
                    row.ended(
                        to,
                        endedAt,
                        to == SandboxState.FAILED ? EndReason.FAILED : EndReason.KILLED,
                        reason)));
  }

  @Override
  public synchronized boolean beginKilling(
      AccountId account, SandboxId id, SandboxState from, EndReason reason) {
    return transitions.call(
        () ->
            change(
                account,
                id,
                from,
                row -> row.withState(SandboxState.KILLING).withEndReason(reason)));
  }

  @Override
  public synchronized boolean beginExpiry(
      AccountId account, SandboxId id, SandboxState from, Instant now) {
    boolean passed = isPast(account, id, now);
    return transitions.call(
        () ->
            passed
                && change(
                    account,
                    id,
                    from,
                    row -> row.withState(SandboxState.KILLING).withEndReason(EndReason.TIMEOUT)));
  }

  private boolean isPast(AccountId account, SandboxId id, Instant now) {
    return row(account, id).flatMap(Sandbox::deadline).map(end -> !end.isAfter(now)).orElse(false);
  }

  @Override
  public synchronized boolean setTimeout(
      AccountId account,
      SandboxId id,
      SandboxState state,
      Duration timeout,
      Optional<Instant> deadline) {
    return change(account, id, state, row -> row.withTimeout(timeout, deadline));
  }

  @Override
  public synchronized boolean setNetwork(AccountId account, SandboxId id, NetworkPolicy policy) {
    return networks.call(
        () -> change(account, id, SandboxState.RUNNING, row -> row.withNetwork(policy)));
  }

  @Override
  public synchronized boolean markLlmSpent(AccountId account, SandboxId id) {
    return find(account, id).isPresent() && spent.add(id);
  }

  private boolean change(
      AccountId account, SandboxId id, SandboxState from, UnaryOperator<Sandbox> change) {
    Optional<Sandbox> found = row(account, id).filter(row -> row.state() == from);
    found.ifPresent(row -> put(change.apply(row)));
    return found.isPresent();
  }

  /** Others can write while an answer gets lost: a test may wait for that. */
  @Override
  public Optional<Sandbox> find(AccountId account, SandboxId id) {
    return finds.call(() -> row(account, id));
  }

  private synchronized Optional<Sandbox> row(AccountId account, SandboxId id) {
    return Optional.ofNullable(rows.get(id)).filter(row -> row.account().equals(account));
  }

  @Override
  public synchronized List<Sandbox> listEnded(AccountId account, int limit, int offset) {
    return rows.values().stream()
        .filter(row -> row.account().equals(account) && row.endedAt().isPresent())
        .sorted(Comparator.comparing((Sandbox row) -> row.endedAt().orElseThrow()).reversed())
        .skip(offset)
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized List<Sandbox> listLive(AccountId account) {
    return rows.values().stream()
        .filter(row -> row.account().equals(account) && row.state().isLive())
        .toList();
  }

  @Override
  public synchronized List<Sandbox> listUnfinished() {
    return rows.values().stream()
        .filter(row -> row.state() != SandboxState.KILLED && row.state() != SandboxState.FAILED)
        .toList();
  }
}
