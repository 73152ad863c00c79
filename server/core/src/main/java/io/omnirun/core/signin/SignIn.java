package io.omnirun.core.signin;

import io.omnirun.core.Audit;
import io.omnirun.core.Authenticator;
import io.omnirun.core.CurrentOrigin;
import io.omnirun.core.Secrets;
import io.omnirun.core.Tokens.NewToken;
import io.omnirun.core.ports.AccountStore;
import io.omnirun.core.ports.Mailer;
import io.omnirun.core.ports.SecondFactorStore;
import io.omnirun.core.ports.SignInStore;
import io.omnirun.core.ports.SignInStore.Code;
import io.omnirun.core.ports.TokenStore;
import io.omnirun.model.Account;
import io.omnirun.model.AccountId;
import io.omnirun.model.AccountLimits;
import io.omnirun.model.EmailAddress;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Origin;
import io.omnirun.model.Profile;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Signing in by a code or a link that is mailed. No answer tells whether an address is known: all
 * addresses have the same rows written, the same limits and the same refusals. Thread-safe; calls
 * block for the database.
 */
public final class SignIn {
  /** How long codes and links are good. */
  public static final Duration CODE_LIFE = Duration.ofMinutes(10);

  /** After so long without a try at the latest, one who has tried too often may try again. */
  public static final Duration LIMITS_WINDOW = AttemptLimits.WINDOW;

  /** How long a browser is signed in. */
  public static final Duration SESSION_LIFE = SignedInTokens.SESSION_LIFE;

  /** Of one code. */
  static final int TRIES = 5;

  private static final Logger log = LoggerFactory.getLogger(SignIn.class);

  private static final int CODES = 1_000_000;
  private static final SecureRandom RANDOM = new SecureRandom();

  /** What this stands on. */
  public record Ports(
      SignInStore codes,
      SecondFactorStore factors,
      AccountStore accounts,
      TokenStore tokens,
      Mailer mailer,
      NewAccounts newAccounts,
      Audit audit,
      Clock clock) {}

  /** What an account gets when its person signs in; must be idempotent. */
  @FunctionalInterface
  public interface NewAccounts {
    void furnish(AccountId account);
  }

  /**
   * @param publicUrl where browsers reach this server, without a slash at its end
   */
  public record Settings(SignUpPolicy signUp, String publicUrl, AuthKeys keys) {}

  /** What a right code leads to. */
  public sealed interface Outcome {
    /** Signed in. */
    record SignedIn(NewToken token) implements Outcome {}

    /**
     * The second factor is to come.
     *
     * @param challenge stands for the first one, for ten minutes
     */
    record SecondFactorWanted(String challenge) implements Outcome {
      /** Leaves the challenge out. */
      @Override
      public String toString() {
        return "SecondFactorWanted";
      }
    }
  }

  private final Ports ports;
  private final Settings settings;
  private final AttemptLimits limits;
  private final SignedInTokens tokens;
  private final SecondFactors factors;
  private final SignInMails mails;

  public SignIn(Ports ports, Settings settings) {
    this.ports = ports;
    this.settings = settings;
    this.limits = new AttemptLimits(ports.codes(), ports.clock());
    this.tokens = new SignedInTokens(ports.tokens(), ports.clock());
    this.factors =
        new SecondFactors(ports.factors(), settings.keys(), limits, ports.audit(), ports.clock());
    this.mails = new SignInMails(settings.publicUrl());
  }

  /** The second factors of accounts. */
  public SecondFactors factors() {
    return factors;
  }

  /**
   * Mails a code and a link to whoever may sign in, which is told to nobody else. An earlier code
   * of the address is none any more.
   *
   * @param network from which it is wished
   * @throws OmniRunException TOO_MANY_ATTEMPTS
   */
  public void request(EmailAddress email, String network) {
    countOrWriteDown(email, () -> limits.countRequest(email, network));
    String code = String.format(Locale.ROOT, "%06d", RANDOM.nextInt(CODES));
    String link = Secrets.random();
    Instant now = ports.clock().instant();
    boolean welcome = isWelcome(email);
    ports
        .codes()
        .replaceCode(
            new Code(
                email,
                settings.keys().codeHmac(email, code),
                Secrets.sha256(link),
                now,
                now.plus(CODE_LIFE)),
            TRIES);
    if (welcome) {
      ports.mailer().send(mails.code(email, code, link));
    }
  }

  private boolean isWelcome(EmailAddress email) {
    return ports
        .accounts()
        .findProfile(email)
        .map(profile -> profile.suspendedAt().isEmpty())
        .orElse(settings.signUp().admits(email));
  }

  /**
   * Signs a program in: a key, if the code is right.
   *
   * @throws OmniRunException CODE_INVALID, TOO_MANY_ATTEMPTS, ACCOUNT_SUSPENDED
   */
  public Outcome verify(EmailAddress email, String code, String network) {
    countOrWriteDown(email, () -> limits.countVerification(email, network));
    if (!ports
        .codes()
        .takeCode(email, settings.keys().codeHmac(email, code), ports.clock().instant())) {
      writeDown(email, ports.audit()::signInRefused);
      throw wrongCode();
    }
    limits.forgive(email, network);
    return enter(email, tokens::key);
  }

  /** Whose address is locked out finds out from the audit, however it was asked. */
  private void countOrWriteDown(EmailAddress email, Runnable count) {
    try {
      count.run();
    } catch (OmniRunException e) {
      if (e.code() == ErrorCode.TOO_MANY_ATTEMPTS) {
        writeDown(email, account -> ports.audit().refused(account, e));
      }
      throw e;
    }
  }

  /** Not in the caller's time, which would tell whether there is such an account. */
  private void writeDown(EmailAddress email, Consumer<AccountId> entry) {
    Origin origin = CurrentOrigin.get();
    Thread.startVirtualThread(
        () -> CurrentOrigin.during(origin, () -> writeDownOfKnown(email, entry)));
  }

  private void writeDownOfKnown(EmailAddress email, Consumer<AccountId> entry) {
    try {
      ports
          .accounts()
          .findProfile(email)
          .ifPresent(profile -> entry.accept(profile.account().id()));
    } catch (OmniRunException e) {
      log.error("a refused sign-in could not be written down", e);
    }
  }

  /**
   * For whom a link is; it stays good.
   *
   * @throws OmniRunException TOO_MANY_ATTEMPTS
   */
  public Optional<EmailAddress> addressOfLink(String link, String network) {
    limits.countLookAtLink(network);
    return ports.codes().findLink(Secrets.sha256(link), ports.clock().instant());
  }

  /**
   * Signs a browser in: a session, if the link is good.
   *
   * @throws OmniRunException CODE_INVALID, TOO_MANY_ATTEMPTS, ACCOUNT_SUSPENDED
   */
  public Outcome follow(String link, String network) {
    limits.countLink(network);
    EmailAddress email =
        ports
            .codes()
            .takeLink(Secrets.sha256(link), ports.clock().instant())
            .orElseThrow(SignIn::wrongCode);
    limits.forgiveLink(network);
    return enter(email, tokens::session);
  }

  /**
   * Signs a program in that has shown its first factor.
   *
   * @throws OmniRunException CODE_INVALID, TOO_MANY_ATTEMPTS, ACCOUNT_SUSPENDED
   */
  public NewToken complete(String challenge, String code, String network) {
    return welcome(passed(challenge, code, network), tokens::key);
  }

  /** The same for a browser. */
  public NewToken completeSession(String challenge, String code, String network) {
    return welcome(passed(challenge, code, network), tokens::session);
  }

  private AccountId passed(String challenge, String code, String network) {
    AccountId account = factors.pass(challenge, code, network);
    boolean suspended =
        ports.accounts().findProfile(account).flatMap(Profile::suspendedAt).isPresent();
    if (suspended) {
      throw Authenticator.suspended();
    }
    return account;
  }

  /** What cannot be furnished now is made when it is first used; the code is used up already. */
  private NewToken welcome(AccountId account, Function<AccountId, NewToken> token) {
    try {
      ports.newAccounts().furnish(account);
    } catch (OmniRunException e) {
      log.warn("account {} has signed in and could not be furnished", account, e);
    }
    return token.apply(account);
  }

  private Outcome enter(EmailAddress email, Function<AccountId, NewToken> token) {
    Profile profile = ports.accounts().findProfile(email).orElseGet(() -> signUp(email));
    if (profile.suspendedAt().isPresent()) {
      throw Authenticator.suspended();
    }
    AccountId account = profile.account().id();
    return factors.isOn(account)
        ? new Outcome.SecondFactorWanted(factors.challenge(account))
        : new Outcome.SignedIn(welcome(account, token));
  }

  /** Of two first sign-ins at once, one makes the account. */
  private Profile signUp(EmailAddress email) {
    if (!settings.signUp().admits(email)) {
      throw wrongCode();
    }
    Account account = new Account(AccountId.random(), email.value(), AccountLimits.DEFAULT);
    Profile profile =
        new Profile(account, Optional.of(email), false, ports.clock().instant(), Optional.empty());
    try {
      ports.accounts().insertAccount(profile, List.of());
      return profile;
    } catch (OmniRunException e) {
      if (e.code() != ErrorCode.EMAIL_TAKEN) {
        throw e;
      }
      return ports.accounts().findProfile(email).orElseThrow(() -> e);
    }
  }

  static OmniRunException wrongCode() {
    return new OmniRunException(
        ErrorCode.CODE_INVALID,
        "the code is wrong, was used, or its time is over: check it, or ask for another one");
  }
}
