package io.omnirun.core;

import io.omnirun.core.ports.StoredToken;
import io.omnirun.core.ports.TokenStore;
import io.omnirun.model.ApiToken;
import io.omnirun.model.Caller;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Scope;
import io.omnirun.model.Scopes;
import io.omnirun.model.TokenId;
import io.omnirun.model.TokenKind;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The tokens of accounts. Thread-safe; calls block for the database. */
public final class Tokens {
  /** One for each program that somebody has. */
  public static final int MAX_KEYS = 100;

  /**
   * A token that was just made.
   *
   * @param text shown this once
   */
  public record NewToken(ApiToken token, String text) {
    /** Leaves the text out. */
    @Override
    public String toString() {
      return "NewToken[" + token.id() + "]";
    }
  }

  private final TokenStore store;
  private final Authenticator authenticator;
  private final Clock clock;

  Tokens(TokenStore store, Authenticator authenticator, Clock clock) {
    this.store = store;
    this.authenticator = authenticator;
    this.clock = clock;
  }

  /**
   * Makes a key that may do no more than the call that makes it.
   *
   * @param scopes empty: those of the caller, in later versions too
   * @param expiresAt empty: when the caller's key ends, or never
   * @throws OmniRunException INVALID_REQUEST, INSUFFICIENT_SCOPE, TOKEN_LIMIT
   */
  public NewToken create(
      Caller caller, String name, Set<Scope> scopes, Optional<Instant> expiresAt) {
    Instant now = clock.instant();
    ApiToken token =
        new ApiToken(
            TokenId.random(),
            caller.account().id(),
            TokenKind.KEY,
            name,
            scopes.isEmpty() ? caller.token().scopes() : grantable(caller, scopes),
            now,
            expiry(caller, expiresAt, now),
            Optional.empty());
    String text = Secrets.randomKey();
    StoredToken stored =
        new StoredToken(
            token.id(),
            token.kind(),
            name,
            Secrets.sha256(text),
            token.scopes(),
            token.expiresAt());
    store.insert(token.account(), stored, now, MAX_KEYS);
    return new NewToken(token, text);
  }

  private static Scopes grantable(Caller caller, Set<Scope> wanted) {
    for (Scope scope : wanted) {
      if (!caller.may(scope)) {
        throw new OmniRunException(
            ErrorCode.INSUFFICIENT_SCOPE,
            "a token cannot make one with more than it has: this one lacks the scope "
                + scope.text());
      }
    }
    return Scopes.named(wanted);
  }

  /** What somebody signed in with shows a person, who may make keys that last longer. */
  private static Optional<Instant> expiry(Caller caller, Optional<Instant> wanted, Instant now) {
    if (wanted.filter(instant -> !instant.isAfter(now)).isPresent()) {
      throw new OmniRunException(
          ErrorCode.INVALID_REQUEST, "field \"expiresAt\" must be in the future");
    }
    Optional<Instant> own =
        caller.token().kind() == TokenKind.KEY ? caller.token().expiresAt() : Optional.empty();
    if (own.isPresent() && wanted.filter(instant -> instant.isAfter(own.get())).isPresent()) {
      throw new OmniRunException(
          ErrorCode.INSUFFICIENT_SCOPE,
          "a token cannot make one that outlives it: this one ends at " + own.get());
    }
    return wanted.or(() -> own);
  }

  /** The account's keys, sign-ins and sessions whose time is not over, oldest first. */
  public List<ApiToken> list(Caller caller) {
    Instant now = clock.instant();
    return store.list(caller.account().id()).stream()
        .filter(token -> token.expiresAt().map(now::isBefore).orElse(true))
        .toList();
  }

  /**
   * Revokes a token. It opens nothing from the next request on; on other nodes within a second.
   *
   * @throws OmniRunException TOKEN_NOT_FOUND
   */
  public void revoke(Caller caller, TokenId id) {
    boolean deleted = store.delete(caller.account().id(), id);
    authenticator.forget(id);
    if (!deleted) {
      throw new OmniRunException(
          ErrorCode.TOKEN_NOT_FOUND, "there is no such token; GET /auth/tokens lists them");
    }
  }
}
