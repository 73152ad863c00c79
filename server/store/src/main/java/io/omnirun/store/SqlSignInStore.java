package io.omnirun.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.omnirun.core.ports.SignInStore;
import io.omnirun.model.EmailAddress;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Codes and attempts in the tables {@code sign_in_code} and {@code sign_in_attempt}. */
final class SqlSignInStore implements SignInStore {
  private final Daos<SignInDao> daos;

  SqlSignInStore(Daos<SignInDao> daos) {
    this.daos = daos;
  }

  @Override
  public void replaceCode(Code code, int tries) {
    SignInCodeRow row = SignInCodeRow.of(code, tries);
    daos.write(dao -> dao.replaceCode(row));
  }

  @Override
  public boolean takeCode(EmailAddress email, String codeHmac, Instant now) {
    return daos.writeAtomically(
        dao ->
            dao.tryCode(email.value(), now.toEpochMilli(), ClockSkew.latestMs(now))
                .filter(right -> MessageDigest.isEqual(bytes(right), bytes(codeHmac)))
                .map(right -> dao.deleteCode(email.value()) == 1)
                .orElse(false));
  }

  private static byte[] bytes(String hexadecimal) {
    return hexadecimal.getBytes(UTF_8);
  }

  @Override
  public Optional<EmailAddress> takeLink(String linkSha256, Instant now) {
    return daos.writeAtomically(
            dao -> dao.takeLink(linkSha256, now.toEpochMilli(), ClockSkew.latestMs(now)))
        .map(EmailAddress::new);
  }

  @Override
  public Optional<EmailAddress> findLink(String linkSha256, Instant now) {
    return daos.read(dao -> dao.findLink(linkSha256, now.toEpochMilli(), ClockSkew.latestMs(now)))
        .map(EmailAddress::new);
  }

  @Override
  public int attempts(String subject, Duration window, Instant now) {
    return daos.read(dao -> dao.attempts(subject, fromMs(window, now), untilMs(window, now)))
        .orElse(0);
  }

  @Override
  public int countAttempt(String subject, Duration window, Instant now) {
    return daos.writeAtomically(
        dao ->
            dao.countAttempt(
                subject, now.toEpochMilli(), fromMs(window, now), untilMs(window, now)));
  }

  @Override
  public void uncountAttempt(String subject) {
    daos.write(dao -> dao.uncountAttempt(subject));
  }

  @Override
  public void deleteExpired(Duration window, Instant now) {
    daos.write(dao -> dao.deleteExpiredCodes(now.toEpochMilli()));
    daos.write(dao -> dao.deleteOldAttempts(fromMs(window, now), untilMs(window, now)));
  }

  /** A window that began before this is over. */
  private static long fromMs(Duration window, Instant now) {
    return now.minus(window).toEpochMilli();
  }

  /** One that began after this began before the clock was set back, and would never be over. */
  private static long untilMs(Duration window, Instant now) {
    return now.plus(window).toEpochMilli();
  }
}
