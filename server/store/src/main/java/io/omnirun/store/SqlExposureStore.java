package io.omnirun.store;

import io.omnirun.core.ports.ExposureStore;
import io.omnirun.model.AccountId;
import io.omnirun.model.AuditAction;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.Exposure;
import io.omnirun.model.ExposureId;
import io.omnirun.model.NodeId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.ToIntFunction;

/** Exposures in the table {@code exposure}, as one node sees them. */
final class SqlExposureStore implements ExposureStore {
  private final Daos<ExposureDao> daos;
  private final NodeId node;
  private final ReadyEvents events;
  private final Ledger ledger;

  SqlExposureStore(Daos<ExposureDao> daos, NodeId node, ReadyEvents events, Ledger ledger) {
    this.daos = daos;
    this.node = node;
    this.events = events;
    this.ledger = ledger;
  }

  @Override
  public boolean insert(Exposure exposure, Limits limits) {
    ExposureRow row = ExposureRow.of(exposure);
    return daos.writeAtomically(
        dao -> {
          dao.lockAccount(row.accountId());
          if (dao.lockRunning(row.accountId(), row.sandboxId()) == 0) {
            return false;
          }
          requireRoom(dao, row, limits);
          dao.releaseSlug(row.accountId(), row.slug(), row.createdAtMs());
          if (dao.insertExposure(row) == 0) {
            throw new OmniRunException(
                ErrorCode.SLUG_TAKEN, "the slug is taken; send another one, or none");
          }
          write(dao, exposure.account(), AuditAction.EXPOSURE_CREATE, exposure.id());
          return true;
        });
  }

  private static void requireRoom(ExposureDao dao, ExposureRow row, Limits limits) {
    if (dao.countOpenOf(row.accountId(), row.sandboxId(), row.createdAtMs())
        >= limits.openPerSandbox()) {
      throw refusal("a sandbox may have %,d exposures: close one", limits.openPerSandbox());
    }
    if (dao.countOpen(row.accountId(), row.createdAtMs()) >= limits.openPerAccount()) {
      throw refusal("an account may have %,d exposures: close one", limits.openPerAccount());
    }
    if (dao.countKept(row.accountId()) >= limits.keptPerAccount()) {
      throw refusal(
          "an account may make %,d exposures a day: try again later", limits.keptPerAccount());
    }
  }

  private static OmniRunException refusal(String text, int limit) {
    return new OmniRunException(ErrorCode.EXPOSURE_LIMIT, text.formatted(limit));
  }

  private void write(ExposureDao dao, AccountId account, AuditAction action, ExposureId id) {
    ledger.success(dao, account, action, id.value());
  }

  @Override
  public Optional<Exposure> find(AccountId account, SandboxId sandbox, ExposureId id) {
    return daos.read(dao -> dao.findExposure(account.value(), sandbox.value(), id.value()));
  }

  @Override
  public List<Exposure> list(AccountId account, SandboxId sandbox, int limit) {
    return daos.read(dao -> dao.listExposures(account.value(), sandbox.value(), limit));
  }

  @Override
  public boolean refresh(AccountId account, ExposureId id, Instant ownEnd, Instant now) {
    return change(
        account,
        id,
        AuditAction.EXPOSURE_REFRESH,
        dao -> dao.refresh(account.value(), id.value(), ownEnd.toEpochMilli(), now.toEpochMilli()));
  }

  @Override
  public boolean markReady(AccountId account, ExposureId id, String url, Instant now) {
    return events.tell(
        daos,
        account,
        id,
        url,
        dao -> dao.markReady(account.value(), id.value(), now.toEpochMilli()));
  }

  @Override
  public boolean revoke(AccountId account, ExposureId id, Instant now) {
    return change(
        account,
        id,
        AuditAction.EXPOSURE_REVOKE,
        dao -> dao.revoke(account.value(), id.value(), now.toEpochMilli()));
  }

  /** Runs a statement about one exposure, and writes it down; answers whether it found the row. */
  private boolean change(
      AccountId account, ExposureId id, AuditAction action, ToIntFunction<ExposureDao> statement) {
    return daos.writeAtomically(
        dao -> {
          boolean changed = statement.applyAsInt(dao) == 1;
          if (changed) {
            write(dao, account, action, id);
          }
          return changed;
        });
  }

  @Override
  public void markAccessed(AccountId account, ExposureId id, Instant at) {
    daos.write(dao -> dao.markAccessed(account.value(), id.value(), at.toEpochMilli()));
  }

  @Override
  public Optional<Exposure> findBySlug(String slug) {
    return daos.read(dao -> dao.findBySlug(slug));
  }

  @Override
  public Optional<SandboxState> sandboxState(SandboxId sandbox) {
    return daos.read(dao -> dao.sandboxState(sandbox.value())).map(SandboxState::ofText);
  }

  @Override
  public List<Exposure> listPending(Instant now) {
    return daos.read(dao -> dao.listPending(node.value(), now.toEpochMilli()));
  }

  @Override
  public int prune(Instant overBefore, int limit) {
    return daos.write(dao -> dao.prune(overBefore.toEpochMilli(), limit));
  }
}
