package io.omnirun.core;

import io.omnirun.core.ports.TokenStore;
import io.omnirun.core.ports.TokenStore.Credential;
import io.omnirun.model.Caller;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.TokenId;
import io.omnirun.model.TokenKind;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

/**
 * Finds out who calls. Thread-safe; a call is at most one read of the database: its answer about a
 * token that it knows holds for {@link RecentTokens#KEPT}, also when there is no database any more.
 * Of a caller that is busy all that time the database is asked in the background meanwhile.
 */
public final class Authenticator {
  private final TokenStore tokens;
  private final Clock clock;
  private final LongSupplier nanoClock;
  private final RecentTokens recent;
  private final LastUses lastUses;

  public Authenticator(TokenStore tokens, Clock clock) {
    this(tokens, clock, System::nanoTime, Thread::startVirtualThread);
  }

  /**
   * @param background where the database is asked again about tokens in use
   */
  Authenticator(TokenStore tokens, Clock clock, LongSupplier nanoClock, Executor background) {
    this.tokens = tokens;
    this.clock = clock;
    this.nanoClock = nanoClock;
    this.recent = new RecentTokens(nanoClock, this::look, background);
    this.lastUses = new LastUses(tokens, clock);
  }

  /**
   * The owner of a key that came in a header.
   *
   * @throws OmniRunException UNAUTHORIZED if nobody has that key, ACCOUNT_SUSPENDED,
   *     DATABASE_UNAVAILABLE
   */
  public Caller authenticate(String key) {
    return find(key)
        .filter(caller -> caller.token().kind() != TokenKind.SESSION)
        .orElseThrow(
            () ->
                unauthorized(
                    "this API key is not known; check the X-API-Key or Authorization: Bearer"
                        + " header"));
  }

  /**
   * The owner of a browser's session.
   *
   * @throws OmniRunException UNAUTHORIZED if it is over, ACCOUNT_SUSPENDED, DATABASE_UNAVAILABLE
   */
  public Caller authenticateSession(String secret) {
    return find(secret)
        .filter(caller -> caller.token().kind() == TokenKind.SESSION)
        .orElseThrow(() -> unauthorized("the session is over: sign in again"));
  }

  /** From now on the database is asked about a token again. */
  void forget(TokenId token) {
    recent.forget(token);
  }

  private Optional<Caller> find(String secret) {
    String sha256 = Secrets.sha256(secret);
    return recent.find(sha256).or(() -> look(sha256));
  }

  private Optional<Caller> look(String sha256) {
    long now = nanoClock.getAsLong();
    Optional<Credential> found = ask(sha256);
    if (found.filter(Credential::suspended).isPresent()) {
      throw suspended();
    }
    Optional<Caller> caller = found.map(Credential::caller);
    caller.ifPresent(known -> recent.note(sha256, known, now));
    caller.map(Caller::token).ifPresent(lastUses::note);
    return caller;
  }

  /** Nothing has happened yet, so clients may try again. */
  private Optional<Credential> ask(String sha256) {
    try {
      return tokens.find(sha256, clock.instant());
    } catch (OmniRunException e) {
      throw new OmniRunException(
          ErrorCode.DATABASE_UNAVAILABLE,
          "the server's database does not answer, so nobody can say whose key it is: try again",
          e);
    }
  }

  /** What a suspended account is told. */
  public static OmniRunException suspended() {
    return new OmniRunException(
        ErrorCode.ACCOUNT_SUSPENDED, "this account is suspended; ask the server's administrator");
  }

  private static OmniRunException unauthorized(String message) {
    return new OmniRunException(ErrorCode.UNAUTHORIZED, message);
  }
}
