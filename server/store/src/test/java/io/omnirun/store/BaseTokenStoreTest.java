package io.omnirun.store;

import static io.omnirun.store.Failures.assertFails;
import static io.omnirun.store.Samples.NOON;
import static io.omnirun.store.Samples.insertAccount;
import static io.omnirun.store.Samples.randomHash;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.omnirun.core.Authenticator;
import io.omnirun.core.Secrets;
import io.omnirun.core.ports.StoredToken;
import io.omnirun.core.ports.TokenStore;
import io.omnirun.core.ports.TokenStore.Credential;
import io.omnirun.model.Account;
import io.omnirun.model.ApiToken;
import io.omnirun.model.ErrorCode;
import io.omnirun.model.Scope;
import io.omnirun.model.Scopes;
import io.omnirun.model.TokenId;
import io.omnirun.model.TokenKind;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every engine must do with tokens. */
abstract class BaseTokenStoreTest {
  private static final int PLENTY = 100;

  @SuppressWarnings("NullAway.Init")
  private Database database;

  @SuppressWarnings("NullAway.Init")
  private TokenStore store;

  @SuppressWarnings("NullAway.Init")
  private Account owner;

  /** The address of a fresh, empty database. */
  abstract String newDatabaseUrl();

  @BeforeEach
  void open() {
    database = Database.open(new DatabaseConfig(newDatabaseUrl()));
    store = database.tokens();
    owner = insertAccount(database, 3);
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void scopesThatWereNamedStayTheOnlyOnesThoughTheyBeAll() {
    Scopes named = Scopes.named(EnumSet.allOf(Scope.class));
    for (Scopes scopes : List.of(named, Scopes.EVERYTHING)) {
      StoredToken token = token(TokenKind.KEY, scopes, Optional.empty());
      store.insert(owner.id(), token, NOON, PLENTY);
      ApiToken found = store.find(token.sha256(), NOON).orElseThrow().caller().token();
      assertThat(found.scopes()).isEqualTo(scopes);
    }
    assertThat(named).isNotEqualTo(Scopes.EVERYTHING);
  }

  @Test
  void tokenIsFoundWithAllThatIsKeptOfIt() {
    Scopes scopes = Scopes.named(Set.of(Scope.READ, Scope.LLM));
    StoredToken token = token(TokenKind.SIGN_IN, scopes, Optional.of(NOON.plusSeconds(60)));
    store.insert(owner.id(), token, NOON, PLENTY);
    Credential found = store.find(token.sha256(), NOON).orElseThrow();
    assertThat(found.suspended()).isFalse();
    assertThat(found.caller().account()).isEqualTo(owner);
    assertThat(found.caller().administrator()).isFalse();
    assertThat(found.caller().token())
        .isEqualTo(
            new ApiToken(
                token.id(),
                owner.id(),
                TokenKind.SIGN_IN,
                token.name(),
                scopes,
                NOON,
                Optional.of(NOON.plusSeconds(60)),
                Optional.empty()));
    assertThat(store.list(owner.id())).contains(found.caller().token());
  }

  @Test
  void tokenIsNotFoundFromItsEndOnAndGoesForGood() {
    Instant end = NOON.plusSeconds(60);
    StoredToken mortal = token(TokenKind.KEY, Scopes.EVERYTHING, Optional.of(end));
    StoredToken immortal = token(TokenKind.KEY, Scopes.EVERYTHING, Optional.empty());
    store.insert(owner.id(), mortal, NOON, PLENTY);
    store.insert(owner.id(), immortal, NOON, PLENTY);
    assertThat(store.find(mortal.sha256(), end.minusMillis(1))).isPresent();
    assertThat(store.find(mortal.sha256(), end)).isEmpty();
    store.deleteExpired(end.minusMillis(1));
    assertThat(store.find(mortal.sha256(), NOON)).isPresent();
    store.deleteExpired(end);
    assertThat(store.find(mortal.sha256(), NOON)).isEmpty();
    assertThat(store.find(immortal.sha256(), NOON)).isPresent();
  }

  @Test
  void lastUseIsRecorded() {
    StoredToken token = token(TokenKind.KEY, Scopes.EVERYTHING, Optional.empty());
    store.insert(owner.id(), token, NOON, PLENTY);
    store.markUsed(token.id(), NOON.plusMillis(5));
    assertThat(store.find(token.sha256(), NOON).orElseThrow().caller().token().lastUsedAt())
        .contains(NOON.plusMillis(5));
  }

  @Test
  void tokenIsRefusedAMomentAfterTheDatabaseIsLost() {
    String key = "omr_of-a-test";
    StoredToken token = new StoredToken(TokenId.random(), "a key", Secrets.sha256(key));
    store.insert(owner.id(), token, NOON, PLENTY);
    Authenticator authenticator = new Authenticator(store, Clock.systemUTC());
    assertThat(authenticator.authenticate(key).account()).isEqualTo(owner);
    database.close();
    await()
        .atMost(1, TimeUnit.MINUTES)
        .untilAsserted(
            () ->
                assertFails(ErrorCode.DATABASE_UNAVAILABLE, () -> authenticator.authenticate(key)));
    assertFails(ErrorCode.DATABASE_UNAVAILABLE, () -> authenticator.authenticate("omr_unknown"));
  }

  @Test
  void foreignTokenIsAMissingOne() {
    Account stranger = insertAccount(database, 3);
    StoredToken token = token(TokenKind.KEY, Scopes.EVERYTHING, Optional.empty());
    store.insert(owner.id(), token, NOON, PLENTY);
    assertThat(store.delete(stranger.id(), token.id())).isFalse();
    assertThat(store.delete(owner.id(), TokenId.random())).isFalse();
    assertThat(store.list(stranger.id())).noneMatch(other -> other.id().equals(token.id()));
    assertThat(store.delete(owner.id(), token.id())).isTrue();
    assertThat(store.find(token.sha256(), NOON)).isEmpty();
  }

  @Test
  void limitHoldsUnderManyAtOnce() throws Exception {
    int limit = 5;
    List<Future<?>> inserts = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 20; i++) {
        inserts.add(
            threads.submit(
                () ->
                    store.insert(
                        owner.id(),
                        token(TokenKind.SIGN_IN, Scopes.EVERYTHING, Optional.empty()),
                        NOON,
                        limit)));
      }
    }
    long refused = inserts.stream().filter(insert -> insert.state() == Future.State.FAILED).count();
    assertThat(refused).isEqualTo(20 - limit);
    assertThat(signIns()).hasSize(limit);
    assertFails(
        ErrorCode.TOKEN_LIMIT,
        () ->
            store.insert(
                owner.id(),
                token(TokenKind.SIGN_IN, Scopes.EVERYTHING, Optional.empty()),
                NOON,
                limit));
  }

  @Test
  void oldestOfItsKindGoesWhereThereMustBeRoom() {
    StoredToken key = token(TokenKind.KEY, Scopes.EVERYTHING, Optional.empty());
    store.insert(owner.id(), key, NOON.minusSeconds(1), PLENTY);
    List<StoredToken> inserted = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      inserted.add(token(TokenKind.SIGN_IN, Scopes.EVERYTHING, Optional.empty()));
      store.insertForOldest(owner.id(), inserted.getLast(), NOON.plusSeconds(i), 3);
    }
    assertThat(signIns())
        .extracting(ApiToken::id)
        .containsExactly(inserted.get(1).id(), inserted.get(2).id(), inserted.get(3).id());
    assertThat(store.find(key.sha256(), NOON)).isPresent();
  }

  private List<ApiToken> signIns() {
    return store.list(owner.id()).stream()
        .filter(token -> token.kind() == TokenKind.SIGN_IN)
        .toList();
  }

  private static StoredToken token(TokenKind kind, Scopes scopes, Optional<Instant> end) {
    return new StoredToken(TokenId.random(), kind, "für CI", randomHash(), scopes, end);
  }
}
