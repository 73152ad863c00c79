package io.omnirun.core;

import io.omnirun.core.ports.ExposureStore;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.Exposure;
import io.omnirun.model.ExposureId;
import io.omnirun.model.ExposureStatus;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/** Exposures in a map, by the contract of the port. */
final class InMemoryExposureStore implements ExposureStore {
  final AtomicInteger readyEvents = new AtomicInteger();
  final AtomicInteger accessWrites = new AtomicInteger();
  final AtomicInteger slugReads = new AtomicInteger();
  final AtomicInteger reads = new AtomicInteger();
  final Faults marks = new Faults();

  private final InMemorySandboxStore sandboxes;
  private final Map<ExposureId, Exposure> rows = new LinkedHashMap<>();

  InMemoryExposureStore(InMemorySandboxStore sandboxes) {
    this.sandboxes = sandboxes;
  }

  @Override
  public synchronized boolean insert(Exposure exposure, Limits limits) {
    if (state(exposure.sandbox()).filter(now -> now == SandboxState.RUNNING).isEmpty()) {
      return false;
    }
    long open =
        all().stream()
            .filter(row -> row.sandbox().equals(exposure.sandbox()))
            .filter(row -> row.at(exposure.createdAt()).status().isOpen())
            .count();
    if (open >= limits.openPerSandbox()) {
      throw new OmniRunException(ErrorCode.EXPOSURE_LIMIT, "as many as there may be");
    }
    if (all().stream().anyMatch(row -> row.slug().equals(exposure.slug()))) {
      throw new OmniRunException(ErrorCode.SLUG_TAKEN, "taken");
    }
    rows.put(exposure.id(), exposure);
    return true;
  }

  private Optional<SandboxState> state(SandboxId id) {
    return sandboxes.stateOf(id);
  }

  /** Those whose sandbox has begun to end were stopped with that. */
  private List<Exposure> all() {
    List<Exposure> all = new ArrayList<>();
    for (Exposure row : rows.values()) {
      boolean lives =
          state(row.sandbox())
              .filter(state -> state != SandboxState.KILLING && !state.isFinal())
              .isPresent();
      ExposureStatus status =
          lives || !row.status().isOpen() ? row.status() : ExposureStatus.SANDBOX_STOPPED;
      all.add(with(row, status, row.ownEnd(), row.endedAt()));
    }
    return all;
  }

  @Override
  public synchronized Optional<Exposure> find(AccountId account, SandboxId sandbox, ExposureId id) {
    reads.incrementAndGet();
    return list(account, sandbox, Integer.MAX_VALUE).stream()
        .filter(row -> row.id().equals(id))
        .findFirst();
  }

  @Override
  public synchronized List<Exposure> list(AccountId account, SandboxId sandbox, int limit) {
    return all().stream()
        .filter(row -> row.account().equals(account) && row.sandbox().equals(sandbox))
        .sorted(Comparator.comparing(Exposure::createdAt).reversed())
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized boolean refresh(
      AccountId account, ExposureId id, Instant ownEnd, Instant now) {
    return change(account, id, now, row -> with(row, row.status(), ownEnd, row.endedAt()));
  }

  @Override
  public boolean markReady(AccountId account, ExposureId id, String url, Instant now) {
    return marks.call(() -> becomeReady(account, id, now));
  }

  private synchronized boolean becomeReady(AccountId account, ExposureId id, Instant now) {
    Exposure row = rows.get(id);
    boolean changed =
        row != null
            && row.status() == ExposureStatus.PENDING
            && change(account, id, now, one -> one.withStatus(ExposureStatus.READY));
    if (changed) {
      readyEvents.incrementAndGet();
    }
    return changed;
  }

  @Override
  public synchronized boolean revoke(AccountId account, ExposureId id, Instant now) {
    return change(
        account, id, now, row -> with(row, ExposureStatus.REVOKED, row.ownEnd(), Optional.of(now)));
  }

  private boolean change(
      AccountId account, ExposureId id, Instant now, UnaryOperator<Exposure> change) {
    Optional<Exposure> open =
        all().stream()
            .filter(row -> row.id().equals(id) && row.account().equals(account))
            .filter(row -> row.at(now).status().isOpen())
            .findFirst();
    open.ifPresent(row -> rows.put(id, change.apply(row)));
    return open.isPresent();
  }

  @Override
  public void markAccessed(AccountId account, ExposureId id, Instant at) {
    accessWrites.incrementAndGet();
  }

  @Override
  public synchronized Optional<Exposure> findBySlug(String slug) {
    slugReads.incrementAndGet();
    return all().stream().filter(row -> row.slug().equals(slug)).findFirst();
  }

  @Override
  public Optional<SandboxState> sandboxState(SandboxId sandbox) {
    return state(sandbox);
  }

  @Override
  public synchronized List<Exposure> listPending(Instant now) {
    return all().stream().filter(row -> row.at(now).status() == ExposureStatus.PENDING).toList();
  }

  @Override
  public synchronized int prune(Instant overBefore, int limit) {
    List<ExposureId> over =
        rows.values().stream()
            .filter(row -> row.endedAt().orElse(row.ownEnd()).isBefore(overBefore))
            .map(Exposure::id)
            .limit(limit)
            .toList();
    rows.keySet().removeAll(over);
    return over.size();
  }

  private Exposure with(
      Exposure row, ExposureStatus status, Instant ownEnd, Optional<Instant> endedAt) {
    return new Exposure(
        row.id(),
        row.account(),
        row.sandbox(),
        row.port(),
        row.slug(),
        row.visibility(),
        status,
        row.tokenHash(),
        row.openPath(),
        row.preserveHost(),
        row.createdAt(),
        row.createdBy(),
        ownEnd,
        sandboxes.row(row.sandbox()).end(),
        endedAt,
        row.lastAccessedAt());
  }
}
