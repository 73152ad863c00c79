package io.omnirun.store;

import io.omnirun.core.ports.AdminStore;
import io.omnirun.model.AccountId;
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

  SqlAdminStore(Daos<AdminDao> daos) {
    this.daos = daos;
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
          return there;
        });
  }

  @Override
  public boolean unsuspend(AccountId account) {
    return daos.write(dao -> dao.unsuspend(account.value())) == 1;
  }

  @Override
  public boolean setLimits(AccountId account, int maxConcurrentSandboxes, int maxPausedSandboxes) {
    return daos.write(
            dao -> dao.setLimits(account.value(), maxConcurrentSandboxes, maxPausedSandboxes))
        == 1;
  }

  @Override
  public boolean setEmail(AccountId account, EmailAddress email) {
    return daos.writeAtomically(
        dao -> {
          if (dao.isTaken(account.value(), email.value())) {
            throw new OmniRunException(
                ErrorCode.EMAIL_TAKEN, "another account has that e-mail address");
          }
          return dao.setEmail(account.value(), email.value()) == 1;
        });
  }

  @Override
  public boolean setAdministrator(AccountId account, boolean administrator) {
    return daos.write(dao -> dao.setAdministrator(account.value(), administrator ? 1 : 0)) == 1;
  }

  @Override
  public List<Sandbox> listSandboxesOfSuspended(NodeId node) {
    return daos.read(dao -> dao.listSandboxesOfSuspended(node.value()));
  }
}
