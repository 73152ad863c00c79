package io.omnirun.store;

import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.AccountId;
import io.omnirun.model.AuditAction;
import io.omnirun.model.EndReason;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.NetworkPolicy;
import io.omnirun.model.NodeId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxState;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Sandboxes in the table {@code sandbox}, as one node sees them. */
final class SqlSandboxStore implements SandboxStore {
  private final Daos<SandboxDao> daos;
  private final NodeId node;
  private final Outbox outbox;
  private final Ledger ledger;

  SqlSandboxStore(Daos<SandboxDao> daos, NodeId node, Outbox outbox, Ledger ledger) {
    this.daos = daos;
    this.node = node;
    this.outbox = outbox;
    this.ledger = ledger;
  }

  @Override
  public void insertCreating(Sandbox sandbox) {
    require(sandbox.state() == SandboxState.CREATING, "a new sandbox is not creating");
    SandboxRow row = SandboxRow.of(sandbox, node);
    daos.writeAtomically(dao -> admitAndInsert(dao, row));
  }

  /** The lock comes first: no other admission of the account counts before this one has ended. */
  private static int admitAndInsert(SandboxDao dao, SandboxRow row) {
    if (dao.lockAccount(row.accountId()) == 0) {
      throw new OmniRunException(ErrorCode.UNAUTHORIZED, "this account does not exist");
    }
    Room room = dao.room(row.accountId());
    room.requireMachine(row.vcpus(), row.memoryMib());
    room.requireDisk(row.diskMib());
    return dao.insert(row);
  }

  @Override
  public boolean beginPause(AccountId account, SandboxId id) {
    return moveAdmitted(
        account,
        id,
        SandboxState.RUNNING,
        (dao, sandbox) -> requireFreePausedPlace(dao, account),
        dao ->
            dao.transition(
                account.value(),
                id.value(),
                SandboxState.RUNNING.text(),
                SandboxState.PAUSING.text()));
  }

  @Override
  public boolean beginExpiryPause(AccountId account, SandboxId id, Instant now) {
    return moveAdmitted(
        account,
        id,
        SandboxState.RUNNING,
        (dao, sandbox) -> requireFreePausedPlace(dao, account),
        dao -> dao.beginExpiryPause(account.value(), id.value(), now.toEpochMilli()));
  }

  private static void requireFreePausedPlace(SandboxDao dao, AccountId account) {
    if (dao.countFreePausedPlaces(account.value()) <= 0) {
      throw new OmniRunException(
          ErrorCode.PAUSED_LIMIT,
          "paused sandbox limit reached; resume or delete a paused sandbox first");
    }
  }

  @Override
  public boolean beginResume(AccountId account, SandboxId id) {
    return moveAdmitted(
        account,
        id,
        SandboxState.PAUSED,
        (dao, sandbox) ->
            dao.room(account.value())
                .requireMachine(sandbox.size().vcpus(), sandbox.size().memoryMib()),
        dao ->
            dao.transition(
                account.value(),
                id.value(),
                SandboxState.PAUSED.text(),
                SandboxState.RESUMING.text()));
  }

  /** A sandbox that is not in the state is told so, whatever the limit says. */
  private boolean moveAdmitted(
      AccountId account,
      SandboxId id,
      SandboxState from,
      BiConsumer<SandboxDao, Sandbox> admission,
      Function<SandboxDao, Integer> change) {
    int moved =
        daos.writeAtomically(
            dao -> {
              dao.lockAccount(account.value());
              Optional<Sandbox> sandbox =
                  dao.find(account.value(), id.value()).filter(row -> row.state() == from);
              if (sandbox.isEmpty()) {
                return 0;
              }
              admission.accept(dao, sandbox.get());
              return change.apply(dao);
            });
    return moved == 1;
  }

  @Override
  public boolean endPause(AccountId account, SandboxId id) {
    return outbox.move(
        account,
        id,
        SandboxState.PAUSING,
        SandboxState.PAUSED,
        dao -> dao.endPause(account.value(), id.value()));
  }

  @Override
  public boolean endResume(
      AccountId account, SandboxId id, MachineId machine, Optional<Instant> deadline) {
    return outbox.move(
        account,
        id,
        SandboxState.RESUMING,
        SandboxState.RUNNING,
        dao ->
            dao.endResume(
                account.value(),
                id.value(),
                machine.value(),
                deadline.map(Instant::toEpochMilli).orElse(null)));
  }

  @Override
  public boolean replaceMachine(AccountId account, SandboxId id, MachineId machine) {
    int replaced =
        daos.write(dao -> dao.replaceMachine(account.value(), id.value(), machine.value()));
    return replaced == 1;
  }

  @Override
  public boolean markRunning(AccountId account, SandboxId id) {
    return outbox.move(
        account, id, SandboxState.CREATING, SandboxState.RUNNING, dao -> run(dao, account, id));
  }

  /**
   * With what the sandbox was given while it was made: one that never runs has been given nothing.
   */
  private int run(SandboxDao dao, AccountId account, SandboxId id) {
    int moved =
        dao.transition(
            account.value(), id.value(), SandboxState.CREATING.text(), SandboxState.RUNNING.text());
    if (moved == 1 && dao.hasCredentials(account.value(), id.value())) {
      ledger.success(dao, account, AuditAction.VAULT_INJECT, id.value());
    }
    return moved;
  }

  @Override
  public boolean transition(AccountId account, SandboxId id, SandboxState from, SandboxState to) {
    require(!to.isFinal(), "a final state is reached by finish");
    return outbox.move(
        account,
        id,
        from,
        to,
        dao -> dao.transition(account.value(), id.value(), from.text(), to.text()));
  }

  @Override
  public boolean beginKilling(
      AccountId account, SandboxId id, SandboxState from, EndReason reason) {
    return outbox.move(
        account,
        id,
        from,
        SandboxState.KILLING,
        Optional.of(reason.text()),
        dao -> dao.beginKilling(account.value(), id.value(), from.text(), reason.text()));
  }

  @Override
  public boolean beginExpiry(AccountId account, SandboxId id, SandboxState from, Instant now) {
    return outbox.move(
        account,
        id,
        from,
        SandboxState.KILLING,
        Optional.of(EndReason.TIMEOUT.text()),
        dao -> dao.beginExpiry(account.value(), id.value(), from.text(), now.toEpochMilli()));
  }

  @Override
  public boolean setTimeout(
      AccountId account,
      SandboxId id,
      SandboxState state,
      Duration timeout,
      Optional<Instant> deadline) {
    int changed =
        daos.write(
            dao ->
                dao.setTimeout(
                    account.value(),
                    id.value(),
                    state.text(),
                    timeout.toSeconds(),
                    deadline.map(Instant::toEpochMilli).orElse(null)));
    return changed == 1;
  }

  @Override
  public boolean setNetwork(AccountId account, SandboxId id, NetworkPolicy policy) {
    String json = NetworkPolicyJson.write(policy);
    return outbox.change(
        account,
        id,
        AuditAction.SANDBOX_NETWORK,
        dao -> dao.setNetwork(account.value(), id.value(), json));
  }

  @Override
  public boolean markLlmSpent(AccountId account, SandboxId id) {
    return daos.writeAtomically(dao -> dao.markLlmSpent(account.value(), id.value())) == 1;
  }

  @Override
  public boolean finish(
      AccountId account,
      SandboxId id,
      SandboxState from,
      SandboxState to,
      Instant endedAt,
      Optional<String> reason) {
    require(to.isFinal(), "finish leads to a final state");
    return outbox.move(
        account,
        id,
        from,
        to,
        reason,
        dao ->
            dao.finish(
                account.value(),
                id.value(),
                from.text(),
                to.text(),
                endedAt.toEpochMilli(),
                reasonOf(to).text(),
                reason.map(FailureReasons::storable).orElse(null)));
  }

  /** Of an end for which none was given when it began. */
  private static EndReason reasonOf(SandboxState end) {
    return end == SandboxState.FAILED ? EndReason.FAILED : EndReason.KILLED;
  }

  @Override
  public List<Sandbox> listEnded(AccountId account, int limit, int offset) {
    return daos.read(dao -> dao.listEnded(account.value(), limit, offset));
  }

  @Override
  public Optional<Sandbox> find(AccountId account, SandboxId id) {
    return daos.read(dao -> dao.find(account.value(), id.value()));
  }

  @Override
  public List<Sandbox> listLive(AccountId account) {
    return daos.read(dao -> dao.listLive(account.value()));
  }

  @Override
  public List<Sandbox> listUnfinished() {
    return daos.read(dao -> dao.listUnfinished(node.value()));
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new IllegalArgumentException(otherwise);
    }
  }
}
