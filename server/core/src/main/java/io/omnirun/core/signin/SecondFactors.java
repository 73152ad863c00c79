package io.omnirun.core.signin;

import io.omnirun.core.Audit;
import io.omnirun.core.Secrets;
import io.omnirun.core.ports.SecondFactorStore;
import io.omnirun.core.ports.SecondFactorStore.Factor;
import io.omnirun.model.AccountId;
import io.omnirun.model.Caller;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.OptionalLong;

/**
 * Authenticator apps as second factors. A code is good once: it uses up its step of time and those
 * before it, also for a clock that goes backwards. Thread-safe; calls block for the database.
 */
public final class SecondFactors {
  /** Of one challenge. */
  static final int TRIES = 5;

  private static final SecureRandom RANDOM = new SecureRandom();

  /**
   * What an app is given.
   *
   * @param secret in base 32, to be typed
   * @param uri the same with its settings, for a QR code
   */
  public record Enrolment(String secret, String uri) {
    /** Leaves the secret out. */
    @Override
    public String toString() {
      return "Enrolment";
    }
  }

  private final SecondFactorStore store;
  private final AuthKeys keys;
  private final AttemptLimits limits;
  private final Audit audit;
  private final Clock clock;

  SecondFactors(
      SecondFactorStore store, AuthKeys keys, AttemptLimits limits, Audit audit, Clock clock) {
    this.store = store;
    this.keys = keys;
    this.limits = limits;
    this.audit = audit;
    this.clock = clock;
  }

  /**
   * Begins to use an app. Nothing asks for its codes before {@link #confirm} has seen one; to begin
   * again forgets the app before.
   *
   * @throws OmniRunException SECOND_FACTOR_EXISTS
   */
  public Enrolment enrol(Caller caller) {
    byte[] secret = new byte[Totp.SECRET_BYTES];
    RANDOM.nextBytes(secret);
    AccountId account = caller.account().id();
    if (!store.enrol(account, keys.sealFactor(account, secret), clock.instant())) {
      throw exists();
    }
    String text = Totp.base32(secret);
    return new Enrolment(text, uri(caller.account().name(), text));
  }

  private static String uri(String name, String secret) {
    String label = URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    return "otpauth://totp/OmniRun:%s?secret=%s&issuer=OmniRun".formatted(label, secret);
  }

  /**
   * From now on the app's codes are asked for.
   *
   * @throws OmniRunException CODE_INVALID, TOO_MANY_ATTEMPTS, SECOND_FACTOR_MISSING,
   *     SECOND_FACTOR_EXISTS
   */
  public void confirm(Caller caller, String code) {
    AccountId account = caller.account().id();
    Factor factor = store.find(account).orElseThrow(SecondFactors::missing);
    if (factor.confirmed()) {
      throw exists();
    }
    if (!store.confirm(account, rightStep(account, factor, code), clock.instant())) {
      throw exists();
    }
  }

  /**
   * Codes are asked for no more.
   *
   * @throws OmniRunException CODE_INVALID, TOO_MANY_ATTEMPTS, SECOND_FACTOR_MISSING
   */
  public void disable(Caller caller, String code) {
    AccountId account = caller.account().id();
    use(account, code);
    store.delete(account);
  }

  /** Whether signing in wants a code of the account's app. */
  boolean isOn(AccountId account) {
    return store.find(account).filter(Factor::confirmed).isPresent();
  }

  /** Stands for the first factor, for as long as a mailed code. */
  String challenge(AccountId account) {
    String challenge = Secrets.random();
    Instant now = clock.instant();
    store.insertChallenge(
        Secrets.sha256(challenge), account, TRIES, now, now.plus(SignIn.CODE_LIFE));
    return challenge;
  }

  /**
   * Who has shown both factors.
   *
   * @param network from which the code comes
   * @throws OmniRunException CODE_INVALID, TOO_MANY_ATTEMPTS
   */
  AccountId pass(String challenge, String code, String network) {
    limits.countChallenge(network);
    String sha256 = Secrets.sha256(challenge);
    AccountId account =
        store
            .tryChallenge(sha256, clock.instant())
            .orElseThrow(
                () ->
                    new OmniRunException(
                        ErrorCode.CODE_INVALID,
                        "this sign-in is over, or was tried too often: begin again"));
    try {
      use(account, code);
    } catch (OmniRunException e) {
      if (e.code() == ErrorCode.CODE_INVALID) {
        audit.signInRefused(account);
      }
      throw e;
    }
    if (!store.takeChallenge(sha256)) {
      throw SignIn.wrongCode();
    }
    limits.forgiveChallenge(network);
    return account;
  }

  private void use(AccountId account, String code) {
    Factor factor =
        store.find(account).filter(Factor::confirmed).orElseThrow(SecondFactors::missing);
    if (!store.useStep(account, rightStep(account, factor, code))) {
      throw SignIn.wrongCode();
    }
  }

  private long rightStep(AccountId account, Factor factor, String code) {
    countTry(account);
    byte[] secret = keys.openFactor(account, factor.sealedSecret());
    OptionalLong step = Totp.step(secret, code, clock.instant(), factor.lastStep());
    long right = step.orElseThrow(SignIn::wrongCode);
    limits.forgiveSecondFactor(account);
    return right;
  }

  private void countTry(AccountId account) {
    try {
      limits.countSecondFactor(account);
    } catch (OmniRunException e) {
      if (e.code() == ErrorCode.TOO_MANY_ATTEMPTS) {
        audit.refused(account, e);
      }
      throw e;
    }
  }

  private static OmniRunException exists() {
    return new OmniRunException(
        ErrorCode.SECOND_FACTOR_EXISTS,
        "this account has a second factor: disable it with one of its codes first");
  }

  private static OmniRunException missing() {
    return new OmniRunException(
        ErrorCode.SECOND_FACTOR_MISSING, "this account has no second factor");
  }
}
