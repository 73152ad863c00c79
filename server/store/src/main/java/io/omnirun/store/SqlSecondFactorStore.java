package io.omnirun.store;

import io.omnirun.core.ports.SecondFactorStore;
import io.omnirun.model.AccountId;
import java.time.Instant;
import java.util.Optional;

/** Second factors in the tables {@code second_factor} and {@code mfa_challenge}. */
final class SqlSecondFactorStore implements SecondFactorStore {
  private final Daos<SecondFactorDao> daos;

  SqlSecondFactorStore(Daos<SecondFactorDao> daos) {
    this.daos = daos;
  }

  @Override
  public Optional<Factor> find(AccountId account) {
    return daos.read(dao -> dao.find(account.value()));
  }

  @Override
  public boolean enrol(AccountId account, String sealedSecret, Instant now) {
    return daos.write(dao -> dao.enrol(account.value(), sealedSecret, now.toEpochMilli())) == 1;
  }

  @Override
  public boolean confirm(AccountId account, long step, Instant now) {
    return daos.write(dao -> dao.confirm(account.value(), step, now.toEpochMilli())) == 1;
  }

  @Override
  public boolean useStep(AccountId account, long step) {
    return daos.write(dao -> dao.useStep(account.value(), step)) == 1;
  }

  @Override
  public boolean delete(AccountId account) {
    return daos.writeAtomically(
        dao -> {
          dao.deleteChallenges(account.value());
          return dao.delete(account.value()) == 1;
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
