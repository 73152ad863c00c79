package io.omnirun.store;

import io.omnirun.core.ports.AccountStore;
import io.omnirun.core.ports.StoredToken;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.AuditAction;
import io.omnirun.model.EmailAddress;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Profile;
import java.util.List;
import java.util.Optional;

/** Accounts in the table {@code account}. */
final class SqlAccountStore implements AccountStore {
  private final Daos<AccountDao> daos;
  private final Ledger ledger;

  SqlAccountStore(Daos<AccountDao> daos, Ledger ledger) {
    this.daos = daos;
    this.ledger = ledger;
  }

  @Override
  public void insertAccount(Profile profile, List<StoredToken> firstTokens) {
    AccountRow row = AccountRow.of(profile);
    daos.writeAtomically(
        dao -> {
          if (dao.insertAccount(row) == 0) {
            throw new OmniRunException(
                ErrorCode.EMAIL_TAKEN, "another account has that e-mail address");
          }
          writeDown(dao, profile);
          return firstTokens.stream()
              .map(token -> TokenRow.of(profile.account().id(), token, profile.createdAt()))
              .mapToInt(dao::insertToken)
              .sum();
        });
  }

  /** Whoever does that from the host invites a mailbox; without a mailbox, keys alone open it. */
  private void writeDown(AccountDao dao, Profile profile) {
    ledger.success(
        dao,
        profile.account().id(),
        AuditAction.ACCOUNT_CREATE,
        profile.account().id().value(),
        profile.email().isPresent() ? "for a mailbox" : "with a key");
  }

  @Override
  public Optional<Account> findAccount(AccountId id) {
    return daos.read(dao -> dao.findAccount(id.value()));
  }

  @Override
  public Optional<Profile> findProfile(AccountId id) {
    return daos.read(dao -> dao.findProfile(id.value()));
  }

  @Override
  public Optional<Profile> findProfile(EmailAddress email) {
    return daos.read(dao -> dao.findProfileByEmail(email.value()));
  }

  @Override
  public boolean hasAccounts() {
    return daos.read(AccountDao::hasAccounts);
  }
}
