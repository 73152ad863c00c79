package io.omnirun.store;

import io.omnirun.core.ports.SecondFactorStore;
import io.omnirun.model.AccountId;
import io.omnirun.model.AuditAction;
import java.time.Instant;
import java.util.Optional;
import java.util.function.ToIntFunction;

/** Second factors in the tables {@code second_factor} and {@code mfa_challenge}. */
final class SqlSecondFactorStore implements SecondFactorStore {
  private final Daos<SecondFactorDao> daos;
  private final Ledger ledger;

  SqlSecondFactorStore(Daos<SecondFactorDao> daos, Ledger ledger) {
    this.daos = daos;
    this.ledger = ledger;
  }

  @Override
  public Optional<Factor> find(AccountId account) {
    return daos.read(dao -> dao.find(account.value()));
  }

  @Override
  public boolean enrol(AccountId account, String sealedSecret, Instant now) {
    return change(
        account,
        AuditAction.SECOND_FACTOR_ENROL,
        dao -> dao.enrol(account.value(), sealedSecret, now.toEpochMilli()));
  }

  @Override
  public boolean confirm(AccountId account, long step, Instant now) {
    return change(
        account,
        AuditAction.SECOND_FACTOR_CONFIRM,
        dao -> dao.confirm(account.value(), step, now.toEpochMilli()));
  }

  @Override
  public boolean useStep(AccountId account, long step) {
    return daos.write(dao -> dao.useStep(account.value(), step)) == 1;
  }

  @Override
  public boolean delete(AccountId account) {
    return change(
        account,
        AuditAction.SECOND_FACTOR_DISABLE,
        dao -> {
          dao.deleteChallenges(account.value());
          return dao.delete(account.value());
        });
  }

  /** Answers whether there was a change, which then is written down. */
  private boolean change(
      AccountId account, AuditAction action, ToIntFunction<SecondFactorDao> statement) {
    return daos.writeAtomically(
        dao -> {
          boolean changed = statement.applyAsInt(dao) == 1;
          if (changed) {
            ledger.success(dao, account, action, account.value());
          }
          return changed;
        });
  }

  @Override
  public void insertChallenge(
      String sha256, AccountId account, int tries, Instant createdAt, Instant expiresAt) {
    daos.write(
        dao ->
            dao.insertChallenge(
                sha256,
                account.value(),
                tries,
                createdAt.toEpochMilli(),
                expiresAt.toEpochMilli()));
  }

  @Override
  public Optional<AccountId> tryChallenge(String sha256, Instant now) {
    return daos.writeAtomically(
            dao -> dao.tryChallenge(sha256, now.toEpochMilli(), ClockSkew.latestMs(now)))
        .map(AccountId::new);
  }

  @Override
  public boolean takeChallenge(String sha256) {
    return daos.write(dao -> dao.deleteChallenge(sha256)) == 1;
  }

  @Override
  public void deleteExpired(Instant now) {
    daos.write(dao -> dao.deleteExpired(now.toEpochMilli()));
  }
}
