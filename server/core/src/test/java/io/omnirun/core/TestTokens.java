package io.omnirun.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.omnirun.model.ApiToken;
import io.omnirun.model.Caller;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Scope;
import io.omnirun.model.Scopes;
import io.omnirun.model.TokenId;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class TestTokens {
  private final TickingClock clock = new TickingClock();
  private final InMemoryAccountStore store = new InMemoryAccountStore();
  private final Authenticator authenticator = new Authenticator(store, clock);
  private final Tokens tokens = new Tokens(store, authenticator, clock);
  private final Accounts accounts = new Accounts(store, clock);
  private final Caller owner = caller(accounts.create("somebody", 3).apiKey());
  private final Caller stranger = caller(accounts.create("stranger", 3).apiKey());

  @Test
  void newTokenOpensItsAccountAndIsKeptAsAHash() {
    Tokens.NewToken made = tokens.create(owner, "ci", Set.of(), Optional.empty());
    Caller caller = caller(made.text());
    assertThat(caller.account()).isEqualTo(owner.account());
    assertThat(caller.token().scopes()).isEqualTo(Scopes.EVERYTHING);
    assertThat(store.tokens.keySet()).doesNotContain(made.text());
    assertThat(made.toString()).doesNotContain(made.text());
    assertThat(tokens.list(owner)).extracting(ApiToken::id).contains(made.token().id());
  }

  @Test
  void tokenMakesNoneWithMoreThanItself() {
    Caller narrow = narrowed(Set.of(Scope.SANDBOXES, Scope.ADMIN), Optional.empty());
    assertThat(create(narrow, Set.of(), Optional.empty()).scopes())
        .isEqualTo(narrow.token().scopes());
    assertThat(create(narrow, Set.of(Scope.READ), Optional.empty()).scopes())
        .isEqualTo(Scopes.named(Set.of(Scope.READ)));
    assertRefused(
        ErrorCode.INSUFFICIENT_SCOPE,
        () -> create(narrow, Set.of(Scope.READ, Scope.VAULT), Optional.empty()));
  }

  @Test
  void scopesThatAreNamedNeverGrowToThoseOfALaterVersion() {
    Caller five = narrowed(EnumSet.allOf(Scope.class), Optional.empty());
    assertThat(five.token().scopes().later()).isFalse();
    assertThat(create(five, Set.of(), Optional.empty()).scopes().later()).isFalse();
  }

  @Test
  void tokenMakesNoneThatOutlivesIt() {
    Instant end = clock.instant().plus(Duration.ofDays(1));
    Caller mortal = narrowed(Set.of(Scope.ADMIN), Optional.of(end));
    assertThat(create(mortal, Set.of(), Optional.empty()).expiresAt()).contains(end);
    assertThat(create(mortal, Set.of(), Optional.of(end)).expiresAt()).contains(end);
    assertRefused(
        ErrorCode.INSUFFICIENT_SCOPE,
        () -> create(mortal, Set.of(), Optional.of(end.plusMillis(1))));
  }

  @Test
  void tokenThatWouldBeOverAtOnceIsRefused() {
    assertRefused(
        ErrorCode.INVALID_REQUEST, () -> create(owner, Set.of(), Optional.of(clock.instant())));
  }

  @Test
  void tokenIsOverWhenItsTimeIs() {
    Instant end = clock.instant().plus(Duration.ofDays(1));
    Tokens.NewToken made = tokens.create(owner, "ci", Set.of(), Optional.of(end));
    clock.advance(Duration.ofDays(1).minusMillis(1));
    caller(made.text());
    clock.advance(Duration.ofMillis(1));
    assertThat(tokens.list(owner)).doesNotContain(made.token());
    assertRefused(
        ErrorCode.UNAUTHORIZED, () -> new Authenticator(store, clock).authenticate(made.text()));
  }

  @Test
  void revokedTokenIsRefusedAtOnceThoughItWasJustUsed() {
    Tokens.NewToken made = tokens.create(owner, "ci", Set.of(), Optional.empty());
    authenticator.authenticate(made.text());
    tokens.revoke(owner, made.token().id());
    assertRefused(ErrorCode.UNAUTHORIZED, () -> authenticator.authenticate(made.text()));
    assertRefused(ErrorCode.TOKEN_NOT_FOUND, () -> tokens.revoke(owner, made.token().id()));
  }

  @Test
  void nobodyRevokesAForeignToken() {
    ApiToken made = create(owner, Set.of(), Optional.empty());
    assertRefused(ErrorCode.TOKEN_NOT_FOUND, () -> tokens.revoke(stranger, made.id()));
    assertRefused(ErrorCode.TOKEN_NOT_FOUND, () -> tokens.revoke(stranger, TokenId.random()));
    assertThat(tokens.list(owner)).contains(made);
    assertThat(tokens.list(stranger)).doesNotContain(made);
  }

  @Test
  void accountHasABoundedNumberOfTokens() {
    for (int i = 1; i < Tokens.MAX_KEYS; i++) {
      create(owner, Set.of(), Optional.empty());
    }
    assertRefused(ErrorCode.TOKEN_LIMIT, () -> create(owner, Set.of(), Optional.empty()));
    create(stranger, Set.of(), Optional.empty());
  }

  private Caller narrowed(Set<Scope> scopes, Optional<Instant> expiresAt) {
    return caller(tokens.create(owner, "narrow", scopes, expiresAt).text());
  }

  private ApiToken create(Caller caller, Set<Scope> scopes, Optional<Instant> expiresAt) {
    return tokens.create(caller, "a token", scopes, expiresAt).token();
  }

  private Caller caller(String key) {
    return authenticator.authenticate(key);
  }

  private static void assertRefused(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(OmniRunException.class, e -> assertThat(e.code()).isEqualTo(code));
  }
}
