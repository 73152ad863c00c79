package io.omnirun.store;

import io.omnirun.core.ports.SandboxStore;
import io.omnirun.model.AccountId;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.MachineId;
import io.omnirun.model.NodeId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Sandbox;
import io.omnirun.model.SandboxId;
import io.omnirun.model.SandboxState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Sandboxes in the table {@code sandbox}, as one node sees them. */
final class SqlSandboxStore implements SandboxStore {
  private final Daos<SandboxDao> daos;
  private final NodeId node;

  SqlSandboxStore(Daos<SandboxDao> daos, NodeId node) {
    this.daos = daos;
    this.node = node;
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
    requireFreePlace(dao, row.accountId());
    return dao.insert(row);
  }

  private static void requireFreePlace(SandboxDao dao, String account) {
    if (dao.countFreePlaces(account) <= 0) {
      throw new OmniRunException(ErrorCode.CONCURRENT_LIMIT, "concurrent sandbox limit reached");
    }
  }

  /** A sandbox that is not in the state is told so, whatever the limit says. */
  @Override
  public boolean beginPause(AccountId account, SandboxId id) {
    return moveAdmitted(
        account,
        id,
        SandboxState.RUNNING,
        SandboxState.PAUSING,
        dao -> {
          if (dao.countFreePausedPlaces(account.value()) <= 0) {
            throw new OmniRunException(
                ErrorCode.PAUSED_LIMIT,
                "paused sandbox limit reached; resume or delete a paused sandbox first");
          }
        });
  }

  @Override
  public boolean beginResume(AccountId account, SandboxId id) {
    return moveAdmitted(
        account,
        id,
        SandboxState.PAUSED,
        SandboxState.RESUMING,
        dao -> requireFreePlace(dao, account.value()));
  }

  private boolean moveAdmitted(
      AccountId account,
      SandboxId id,
      SandboxState from,
      SandboxState to,
      Consumer<SandboxDao> admission) {
    int moved =
        daos.writeAtomically(
            dao -> {
              dao.lockAccount(account.value());
              if (dao.find(account.value(), id.value())
                  .filter(sandbox -> sandbox.state() == from)
                  .isEmpty()) {
                return 0;
              }
              admission.accept(dao);
              return dao.transition(account.value(), id.value(), from.text(), to.text());
            });
    return moved == 1;
  }

  @Override
  public boolean endPause(AccountId account, SandboxId id) {
    return daos.write(dao -> dao.endPause(account.value(), id.value())) == 1;
  }

  @Override
  public boolean endResume(
      AccountId account, SandboxId id, MachineId machine, Optional<Instant> deadline) {
    int moved =
        daos.write(
            dao ->
                dao.endResume(
                    account.value(),
                    id.value(),
                    machine.value(),
                    deadline.map(Instant::toEpochMilli).orElse(null)));
    return moved == 1;
  }

  @Override
  public boolean replaceMachine(AccountId account, SandboxId id, MachineId machine) {
    int replaced =
        daos.write(dao -> dao.replaceMachine(account.value(), id.value(), machine.value()));
    return replaced == 1;
  }

  @Override
  public boolean markRunning(AccountId account, SandboxId id) {
    return transition(account, id, SandboxState.CREATING, SandboxState.RUNNING);
  }

  @Override
  public boolean transition(AccountId account, SandboxId id, SandboxState from, SandboxState to) {
    require(!to.isFinal(), "a final state is reached by finish");
    int moved =
        daos.write(dao -> dao.transition(account.value(), id.value(), from.text(), to.text()));
    return moved == 1;
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
    int moved =
        daos.write(
            dao ->
                dao.finish(
                    account.value(),
                    id.value(),
                    from.text(),
                    to.text(),
                    endedAt.toEpochMilli(),
                    reason.map(FailureReasons::storable).orElse(null)));
    return moved == 1;
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
