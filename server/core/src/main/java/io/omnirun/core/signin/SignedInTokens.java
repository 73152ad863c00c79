package io.omnirun.core.signin;

import io.omnirun.core.Secrets;
import io.omnirun.core.Tokens.NewToken;
import io.omnirun.core.ports.StoredToken;
import io.omnirun.core.ports.TokenStore;
import io.omnirun.model.AccountId;
import io.omnirun.model.ApiToken;
import io.omnirun.model.Scopes;
import io.omnirun.model.TokenId;
import io.omnirun.model.TokenKind;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Makes what somebody holds who has signed in. Thread-safe; calls block for the database. */
final class SignedInTokens {
  /** Clients keep it as their key: whoever forgets one has it for so long. */
  static final Duration KEY_LIFE = Duration.ofDays(90);

  static final Duration SESSION_LIFE = Duration.ofDays(7);

  /** Of each kind; a sign-in more ends the oldest, so nobody is locked out by old ones. */
  static final int MAX_OF_KIND = 20;

  private final TokenStore store;
  private final Clock clock;

  SignedInTokens(TokenStore store, Clock clock) {
    this.store = store;
    this.clock = clock;
  }

  /** A key as any other, with an end. */
  NewToken key(AccountId account) {
    return insert(
        account, TokenKind.SIGN_IN, "signed in with a code", Secrets.randomKey(), KEY_LIFE);
  }

  /** A new session, which nobody knew before. */
  NewToken session(AccountId account) {
    return insert(account, TokenKind.SESSION, "a browser", Secrets.randomSession(), SESSION_LIFE);
  }

  private NewToken insert(
      AccountId account, TokenKind kind, String name, String text, Duration life) {
    Instant now = clock.instant();
    ApiToken token =
        new ApiToken(
            TokenId.random(),
            account,
            kind,
            name,
            Scopes.EVERYTHING,
            now,
            Optional.of(now.plus(life)),
            Optional.empty());
    StoredToken stored =
        new StoredToken(
            token.id(), kind, name, Secrets.sha256(text), token.scopes(), token.expiresAt());
    store.insertForOldest(account, stored, now, MAX_OF_KIND);
    return new NewToken(token, text);
  }
}
