package io.omnirun.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.omnirun.core.ports.StoredToken;
import io.omnirun.model.ApiToken;
import io.omnirun.model.Caller;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.OmniRunException;
import io.omnirun.model.Scopes;
import io.omnirun.model.TokenId;
import io.omnirun.model.TokenKind;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class TestAuthenticator {
  private final InMemoryAccountStore store = new InMemoryAccountStore();
  private final Accounts accounts = new Accounts(store, Clock.systemUTC());
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1);
  private final Queue<Runnable> background = new ArrayDeque<>();
  private final Authenticator authenticator =
      new Authenticator(store, Clock.systemUTC(), nanos::get, background::add);

  @Test
  void answerOfTheDatabaseHoldsForASecond() {
    Accounts.NewAccount created = accounts.create("somebody", 3);
    authenticator.authenticate(created.apiKey());
    store.tokens.clear();
    nanos.addAndGet(RecentTokens.KEPT.toNanos() - 1);
    assertThat(authenticator.authenticate(created.apiKey()).account()).isEqualTo(created.account());
    nanos.addAndGet(1);
    assertUnknown(created.apiKey());
  }

  @Test
  void aBusyCallersTokenIsLookedUpAgainInTheBackground() {
    Accounts.NewAccount created = accounts.create("somebody", 3);
    authenticator.authenticate(created.apiKey());
    nanos.addAndGet(RecentTokens.KEPT.toNanos() / 5 * 4 - 1);
    authenticator.authenticate(created.apiKey());
    assertThat(background).isEmpty();
    nanos.addAndGet(1);
    authenticator.authenticate(created.apiKey());
    authenticator.authenticate(created.apiKey());
    assertThat(background).hasSize(1);
    background.remove().run();
    store.finds.refusals.set(1);

    nanos.addAndGet(RecentTokens.KEPT.toNanos() - 1);
    authenticator.authenticate(created.apiKey());
  }

  @Test
  void aTokenRevokedMeanwhileHoldsNoLongerForBeingLookedUpAgain() {
    Accounts.NewAccount created = accounts.create("somebody", 3);
    authenticator.authenticate(created.apiKey());
    store.tokens.clear();
    nanos.addAndGet(RecentTokens.KEPT.toNanos() - 1);
    authenticator.authenticate(created.apiKey());
    background.remove().run();
    nanos.addAndGet(1);
    assertUnknown(created.apiKey());
  }

  @Test
  void aDatabaseThatDoesNotAnswerInTheBackgroundIsTriedAgainByTheNextRequest() {
    Accounts.NewAccount created = accounts.create("somebody", 3);
    authenticator.authenticate(created.apiKey());
    nanos.addAndGet(RecentTokens.KEPT.toNanos() - 1);
    authenticator.authenticate(created.apiKey());
    store.finds.refusals.set(1);
    background.remove().run();
    nanos.addAndGet(1);
    authenticator.authenticate(created.apiKey());
  }

  @Test
  void unknownTokenIsLookedUpEachTime() {
    Accounts.NewAccount created = accounts.create("somebody", 3);
    ApiToken token = store.tokens.remove(Secrets.sha256(created.apiKey()));
    assertUnknown(created.apiKey());
    store.tokens.put(Secrets.sha256(created.apiKey()), token);
    assertThat(authenticator.authenticate(created.apiKey()).account()).isEqualTo(created.account());
  }

  @Test
  void oldestIsForgottenWhenThereAreTooMany() {
    Caller caller = authenticator.authenticate(accounts.create("somebody", 3).apiKey());
    RecentTokens recent = new RecentTokens(nanos::get, hash -> {}, background::add);
    for (int i = 0; i <= RecentTokens.MAX_TOKENS; i++) {
      recent.note("hash " + i, caller, nanos.get());
    }
    assertThat(recent.find("hash 0")).isEmpty();
    assertThat(recent.find("hash 1")).contains(caller);
    assertThat(recent.find("hash " + RecentTokens.MAX_TOKENS)).contains(caller);
  }

  @Test
  void whatTheDatabaseSaidEarlierReplacesNothingItSaidLater() {
    Caller before = authenticator.authenticate(accounts.create("before", 3).apiKey());
    Caller since = authenticator.authenticate(accounts.create("since", 3).apiKey());
    RecentTokens recent = new RecentTokens(nanos::get, hash -> {}, background::add);
    long asked = nanos.getAndIncrement();
    recent.note("hash", since, nanos.get());
    recent.note("hash", before, asked);
    assertThat(recent.find("hash")).contains(since);
  }

  @Test
  void whatTheDatabaseSaidBeforeATokenWasForgottenIsNotNoted() {
    Accounts.NewAccount created = accounts.create("somebody", 3);
    Caller caller = authenticator.authenticate(created.apiKey());
    RecentTokens recent = new RecentTokens(nanos::get, hash -> {}, background::add);
    long asked = nanos.getAndIncrement();
    recent.forget(caller.token().id());
    recent.note("hash", caller, asked);
    assertThat(recent.find("hash")).isEmpty();
    recent.note("hash", caller, nanos.get());
    assertThat(recent.find("hash")).contains(caller);
    recent.forget(caller.token().id());
    assertThat(recent.find("hash")).isEmpty();
  }

  @Test
  void aLostDatabaseIsNoRefusalOfTheKeyAndNoAcceptanceForEver() {
    Accounts.NewAccount created = accounts.create("somebody", 3);
    authenticator.authenticate(created.apiKey());
    store.finds.refusals.set(2);
    nanos.addAndGet(RecentTokens.KEPT.toNanos() - 1);
    authenticator.authenticate(created.apiKey());
    nanos.addAndGet(1);
    assertRefused(
        ErrorCode.DATABASE_UNAVAILABLE, () -> authenticator.authenticate(created.apiKey()));
    assertRefused(ErrorCode.DATABASE_UNAVAILABLE, () -> authenticator.authenticate("omr_unknown"));
    authenticator.authenticate(created.apiKey());
  }

  @Test
  void sessionIsNoKeyAndAKeyNoSession() {
    Accounts.NewAccount created = accounts.create("somebody", 3);
    String session = Secrets.randomSession();
    store.insert(
        created.account().id(),
        new StoredToken(
            TokenId.random(),
            TokenKind.SESSION,
            "browser",
            Secrets.sha256(session),
            Scopes.EVERYTHING,
            Optional.empty()),
        Clock.systemUTC().instant(),
        1);
    assertThat(authenticator.authenticateSession(session).account()).isEqualTo(created.account());
    assertUnknown(session);
    assertRefused(
        ErrorCode.UNAUTHORIZED, () -> authenticator.authenticateSession(created.apiKey()));
  }

  @Test
  void useIsRecordedOnceAMinute() {
    TickingClock clock = new TickingClock();
    Authenticator dated = new Authenticator(store, clock, nanos::get, background::add);
    String key = accounts.create("somebody", 3).apiKey();
    assertThat(lastUse(key)).isEmpty();
    dated.authenticate(key);
    Instant first = clock.instant();
    await().until(() -> lastUse(key).filter(first::equals).isPresent());
    clock.advance(LastUses.PRECISION.minusMillis(1));
    nanos.addAndGet(RecentTokens.KEPT.toNanos());
    dated.authenticate(key);
    clock.advance(Duration.ofMillis(1));
    nanos.addAndGet(RecentTokens.KEPT.toNanos());
    dated.authenticate(key);
    Instant second = clock.instant();
    await().until(() -> lastUse(key).filter(second::equals).isPresent());
    assertThat(store.uses.get()).isEqualTo(2);
  }

  private Optional<Instant> lastUse(String key) {
    return Optional.ofNullable(store.tokens.get(Secrets.sha256(key))).flatMap(ApiToken::lastUsedAt);
  }

  private void assertUnknown(String token) {
    assertRefused(ErrorCode.UNAUTHORIZED, () -> authenticator.authenticate(token));
  }

  private static void assertRefused(ErrorCode code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(OmniRunException.class, e -> assertThat(e.code()).isEqualTo(code));
  }
}
