package io.omnirun.rest;

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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;

/** Sandboxes in memory. */
final class FakeSandboxStore implements SandboxStore {
  private final Map<SandboxId, Sandbox> sandboxes = new LinkedHashMap<>();
  private final Set<SandboxId> spent = new HashSet<>();
  private final int maxConcurrent;
  private final CompletableFuture<SandboxId> firstFailure = new CompletableFuture<>();
  private int changes;

  FakeSandboxStore(int maxConcurrent) {
    this.maxConcurrent = maxConcurrent;
  }

  /** How often anything was written. */
  synchronized int changes() {
    return changes;
  }

  /** Completes when a sandbox has failed. */
  CompletableFuture<SandboxId> firstFailure() {
    return firstFailure;
  }

  @Override
  public synchronized void insertCreating(Sandbox sandbox) {
    long concurrent =
        sandboxes.values().stream()
            .filter(other -> other.account().equals(sandbox.account()))
            .filter(other -> other.state().isConcurrent())
            .count();
    if (concurrent >= maxConcurrent) {
      throw new OmniRunException(ErrorCode.CONCURRENT_LIMIT, "concurrent sandbox limit reached");
    }
    changes++;
    sandboxes.put(sandbox.id(), sandbox);
  }

  @Override
  public synchronized boolean replaceMachine(AccountId account, SandboxId id, MachineId machine) {
    Optional<Sandbox> found =
        find(account, id).filter(sandbox -> sandbox.state() == SandboxState.CREATING);
    found.ifPresent(sandbox -> sandboxes.put(id, sandbox.withMachine(machine)));
    changes++;
    return found.isPresent();
  }

  @Override
  public boolean markRunning(AccountId account, SandboxId id) {
    return transition(account, id, SandboxState.CREATING, SandboxState.RUNNING);
  }

  @Override
  public synchronized boolean transition(
      AccountId account, SandboxId id, SandboxState from, SandboxState to) {
    return change(account, id, from, sandbox -> sandbox.withState(to));
  }

  @Override
  public boolean beginPause(AccountId account, SandboxId id) {
    return transition(account, id, SandboxState.RUNNING, SandboxState.PAUSING);
  }

  @Override
  public synchronized boolean beginExpiryPause(AccountId account, SandboxId id, Instant now) {
    return isPast(account, id, now) && beginPause(account, id);
  }

  @Override
  public synchronized boolean endPause(AccountId account, SandboxId id) {
    return transition(account, id, SandboxState.PAUSING, SandboxState.PAUSED)
        && change(account, id, sandbox -> sandbox.withDeadline(Optional.empty()));
  }

  @Override
  public boolean beginResume(AccountId account, SandboxId id) {
    return transition(account, id, SandboxState.PAUSED, SandboxState.RESUMING);
  }

  @Override
  public synchronized boolean endResume(
      AccountId account, SandboxId id, MachineId machine, Optional<Instant> deadline) {
    return transition(account, id, SandboxState.RESUMING, SandboxState.RUNNING)
        && change(account, id, sandbox -> sandbox.withMachine(machine).withDeadline(deadline));
  }

  private boolean change(AccountId account, SandboxId id, UnaryOperator<Sandbox> change) {
    sandboxes.put(id, change.apply(find(account, id).orElseThrow()));
    return true;
  }

  @Override
  public synchronized boolean finish(
      AccountId account,
      SandboxId id,
      SandboxState from,
      SandboxState to,
      Instant endedAt,
      Optional<String> reason) {
    EndReason why = to == SandboxState.FAILED ? EndReason.FAILED : EndReason.KILLED;
    boolean moved = change(account, id, from, sandbox -> sandbox.ended(to, endedAt, why, reason));
    if (to == SandboxState.FAILED) {
      firstFailure.complete(id);
    }
    return moved;
  }

  @Override
  public synchronized boolean beginKilling(
      AccountId account, SandboxId id, SandboxState from, EndReason reason) {
    return change(
        account,
        id,
        from,
        sandbox -> sandbox.withState(SandboxState.KILLING).withEndReason(reason));
  }

  @Override
  public synchronized boolean beginExpiry(
      AccountId account, SandboxId id, SandboxState from, Instant now) {
    return isPast(account, id, now) && beginKilling(account, id, from, EndReason.TIMEOUT);
  }

  private boolean isPast(AccountId account, SandboxId id, Instant now) {
    return find(account, id).flatMap(Sandbox::deadline).map(end -> !end.isAfter(now)).orElse(false);
  }

  @Override
  public synchronized boolean setTimeout(
      AccountId account,
      SandboxId id,
      SandboxState state,
      Duration timeout,
      Optional<Instant> deadline) {
    return change(account, id, state, sandbox -> sandbox.withTimeout(timeout, deadline));
  }

  @Override
  public synchronized boolean setNetwork(AccountId account, SandboxId id, NetworkPolicy policy) {
    return change(account, id, SandboxState.RUNNING, sandbox -> sandbox.withNetwork(policy));
  }

  @Override
  public synchronized boolean markLlmSpent(AccountId account, SandboxId id) {
    return find(account, id).isPresent() && spent.add(id);
  }

  private boolean change(
      AccountId account, SandboxId id, SandboxState from, UnaryOperator<Sandbox> change) {
    Optional<Sandbox> found = find(account, id).filter(sandbox -> sandbox.state() == from);
    found.ifPresent(sandbox -> sandboxes.put(id, change.apply(sandbox)));
    changes++;
    return found.isPresent();
  }

  @Override
  public synchronized List<Sandbox> listEnded(AccountId account, int limit, int offset) {
    return sandboxes.values().stream()
        .filter(sandbox -> sandbox.account().equals(account) && sandbox.endedAt().isPresent())
        .sorted(
            Comparator.comparing((Sandbox sandbox) -> sandbox.endedAt().orElseThrow()).reversed())
        .skip(offset)
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized Optional<Sandbox> find(AccountId account, SandboxId id) {
    return Optional.ofNullable(sandboxes.get(id))
        .filter(sandbox -> sandbox.account().equals(account));
  }

  @Override
  public synchronized List<Sandbox> listLive(AccountId account) {
    return new ArrayList<>(sandboxes.values())
        .stream()
            .filter(sandbox -> sandbox.account().equals(account))
            .filter(sandbox -> sandbox.state().isLive())
            .toList();
  }

  @Override
  public synchronized List<Sandbox> listUnfinished() {
    return List.of();
  }
}
