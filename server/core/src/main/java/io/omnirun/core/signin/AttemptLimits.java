package io.omnirun.core.signin;

import io.omnirun.core.Secrets;
import io.omnirun.core.ports.SignInStore;
import io.omnirun.model.AccountId;
import io.omnirun.model.EmailAddress;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/**
 * How often one may try in an hour, by address, by network and by account; counted before anything
 * is compared, so that tries at the same instant count too. What is over its limit is refused with
 * the right answer as well. Addresses that nobody has count like others. Thread-safe.
 */
final class AttemptLimits {
  static final Duration WINDOW = Duration.ofHours(1);

  /** Mails that somebody else can have sent to one. */
  static final int REQUESTS_OF_ADDRESS = 5;

  /** An office behind one address; a mailing list is out of reach. */
  static final int REQUESTS_OF_NETWORK = 30;

  /** Of a million codes: guessing has one chance in 100,000 an hour. */
  static final int VERIFICATIONS_OF_ADDRESS = 10;

  static final int VERIFICATIONS_OF_NETWORK = 50;

  /** Programs that look through mails open each link several times. */
  static final int LOOKS_OF_NETWORK = 300;

  /** Whoever gets that far has the mailbox already. */
  static final int SECOND_FACTORS_OF_ACCOUNT = 10;

  /** Addresses are told to nobody, not to the table of attempts either. */
  private record Limit(String subject, int max) {
    static Limit of(String what, int max) {
      return new Limit(Secrets.sha256(what), max);
    }
  }

  private final SignInStore store;
  private final Clock clock;

  AttemptLimits(SignInStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  /**
   * Counts a wish for a code.
   *
   * @throws OmniRunException TOO_MANY_ATTEMPTS
   */
  void countRequest(EmailAddress email, String network) {
    count(
        List.of(
            Limit.of("request from " + network, REQUESTS_OF_NETWORK),
            Limit.of("request for " + email, REQUESTS_OF_ADDRESS)));
  }

  /**
   * Counts a code that is tried.
   *
   * @throws OmniRunException TOO_MANY_ATTEMPTS
   */
  void countVerification(EmailAddress email, String network) {
    count(verification(email, network));
  }

  /** Takes that back: the code was right. */
  void forgive(EmailAddress email, String network) {
    verification(email, network).forEach(limit -> store.uncountAttempt(limit.subject()));
  }

  private static List<Limit> verification(EmailAddress email, String network) {
    return List.of(
        Limit.of("code from " + network, VERIFICATIONS_OF_NETWORK),
        Limit.of("code of " + email, VERIFICATIONS_OF_ADDRESS));
  }

  /**
   * Counts a link that is tried: nobody guesses one, but it costs work.
   *
   * @throws OmniRunException TOO_MANY_ATTEMPTS
   */
  void countLink(String network) {
    count(List.of(link(network)));
  }

  /** Takes that back: the link was good. */
  void forgiveLink(String network) {
    store.uncountAttempt(link(network).subject());
  }

  private static Limit link(String network) {
    return Limit.of("link from " + network, VERIFICATIONS_OF_NETWORK);
  }

  /**
   * Counts a look at a link, which is not used up by it; apart from {@link #countLink}, so that
   * what looks through mails locks nobody out who presses the button.
   *
   * @throws OmniRunException TOO_MANY_ATTEMPTS
   */
  void countLookAtLink(String network) {
    count(List.of(Limit.of("look at link from " + network, LOOKS_OF_NETWORK)));
  }

  /**
   * Counts a sign-in that goes on with its second factor.
   *
   * @throws OmniRunException TOO_MANY_ATTEMPTS
   */
  void countChallenge(String network) {
    count(List.of(challenge(network)));
  }

  /** Takes that back: the code was right. */
  void forgiveChallenge(String network) {
    store.uncountAttempt(challenge(network).subject());
  }

  private static Limit challenge(String network) {
    return Limit.of("challenge from " + network, VERIFICATIONS_OF_NETWORK);
  }

  /**
   * Counts a code of an authenticator app.
   *
   * @throws OmniRunException TOO_MANY_ATTEMPTS
   */
  void countSecondFactor(AccountId account) {
    count(List.of(secondFactor(account)));
  }

  /** Takes that back: the code was right. */
  void forgiveSecondFactor(AccountId account) {
    store.uncountAttempt(secondFactor(account).subject());
  }

  private static Limit secondFactor(AccountId account) {
    return Limit.of("second factor of " + account, SECOND_FACTORS_OF_ACCOUNT);
  }

  /** Whoever is over a limit costs reads only, and uses nothing up of the others. */
  private void count(List<Limit> limits) {
    for (Limit limit : limits) {
      if (store.attempts(limit.subject(), WINDOW, clock.instant()) >= limit.max()) {
        throw tooMany();
      }
    }
    for (Limit limit : limits) {
      if (store.countAttempt(limit.subject(), WINDOW, clock.instant()) > limit.max()) {
        throw tooMany();
      }
    }
  }

  private static OmniRunException tooMany() {
    return new OmniRunException(
        ErrorCode.TOO_MANY_ATTEMPTS, "too many attempts: try again in an hour");
  }
}
