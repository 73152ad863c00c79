package io.omnirun.store;

import io.omnirun.core.ports.AdminStore;
import io.omnirun.model.AccountId;
import io.omnirun.model.AccountLimits;
import io.omnirun.model.AuditAction;
import io.omnirun.model.EmailAddress;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.NodeId;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Profile;
import io.omnirun.model.Sandbox;
import java.time.Instant;
import java.util.List;

/** Accounts in the table {@code account}, for administrators. */
final class SqlAdminStore implements AdminStore {
  private final Daos<AdminDao> daos;
  private final Ledger ledger;

  SqlAdminStore(Daos<AdminDao> daos, Ledger ledger) {
    this.daos = daos;
    this.ledger = ledger;
  }

  @Override
  public List<Profile> listAccounts() {
    return daos.read(AdminDao::listAccounts);
  }

  @Override
  public boolean suspend(AccountId account, Instant now) {
    return daos.writeAtomically(
        dao -> {
          boolean there = dao.suspend(account.value(), now.toEpochMilli()) == 1;
          dao.deleteSignIns(account.value());
          dao.deleteChallenges(account.value());
          return written(dao, there, account, AuditAction.ACCOUNT_SUSPEND, "");
        });
  }

  @Override
  public boolean unsuspend(AccountId account) {
    return daos.writeAtomically(
        dao ->
            written(
                dao,
                dao.unsuspend(account.value()) == 1,
                account,
                AuditAction.ACCOUNT_UNSUSPEND,
                ""));
  }

  @Override
  public boolean setLimits(AccountId account, AccountLimits limits) {
    return daos.writeAtomically(
        dao ->
            written(
                dao,
                dao.setLimits(account.value(), limits) == 1,
                account,
                AuditAction.ACCOUNT_LIMITS,
                text(limits)));
  }

  private static String text(AccountLimits limits) {
    return "%d running, %d paused, %d vCPUs, %d MiB of memory, %d MiB of disk, %d requests a second"
        .formatted(
            limits.maxConcurrentSandboxes(),
            limits.maxPausedSandboxes(),
            limits.maxVcpus(),
            limits.maxMemoryMib(),
            limits.maxDiskMib(),
            limits.requestsPerSecond());
  }

  @Override
  public boolean setEmail(AccountId account, EmailAddress email) {
    return daos.writeAtomically(
        dao -> {
          if (dao.isTaken(account.value(), email.value())) {
            throw new OmniRunException(
                ErrorCode.EMAIL_TAKEN, "another account has that e-mail address");
          }
          return written(
              dao,
              dao.setEmail(account.value(), email.value()) == 1,
              account,
              AuditAction.ACCOUNT_EMAIL,
              "");
        });
  }

  @Override
  public boolean setAdministrator(AccountId account, boolean administrator) {
    return daos.writeAtomically(
        dao ->
            written(
                dao,
                dao.setAdministrator(account.value(), administrator ? 1 : 0) == 1,
                account,
                AuditAction.ACCOUNT_ADMINISTRATOR,
                administrator ? "is one" : "is none"));
  }

  @Override
  public List<Sandbox> listSandboxesOfSuspended(NodeId node) {
    return daos.read(dao -> dao.listSandboxesOfSuspended(node.value()));
  }

  /** Writes a change down if there was one; answers whether there was. */
  private boolean written(
      AdminDao dao, boolean changed, AccountId account, AuditAction action, String detail) {
    if (changed) {
      ledger.success(dao, account, action, account.value(), detail);
    }
    return changed;
  }
}
