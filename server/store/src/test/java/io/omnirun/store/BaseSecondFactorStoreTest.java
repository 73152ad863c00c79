package io.omnirun.store;

import static io.omnirun.store.Samples.NOON;
import static io.omnirun.store.Samples.insertAccount;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.SecondFactorStore;
import io.omnirun.core.ports.SecondFactorStore.Factor;
import io.omnirun.model.AccountId;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every engine must do with second factors. */
abstract class BaseSecondFactorStoreTest {
  private static final Instant END = NOON.plusSeconds(600);

  @SuppressWarnings("NullAway.Init")
  private Database database;

  @SuppressWarnings("NullAway.Init")
  private SecondFactorStore store;

  @SuppressWarnings("NullAway.Init")
  private AccountId account;

  /** The address of a fresh, empty database. */
  abstract String newDatabaseUrl();

  @BeforeEach
  void open() {
    database = Database.open(new DatabaseConfig(newDatabaseUrl()));
    store = database.secondFactors();
    account = insertAccount(database, 3).id();
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void factorIsReplacedUntilItIsConfirmed() {
    assertThat(store.find(account)).isEmpty();
    assertThat(store.enrol(account, "one", NOON)).isTrue();
    assertThat(store.enrol(account, "two", NOON)).isTrue();
    assertThat(store.find(account)).contains(new Factor("two", false, 0));
    assertThat(store.confirm(account, 7, NOON)).isTrue();
    assertThat(store.confirm(account, 8, NOON)).isFalse();
    assertThat(store.enrol(account, "three", NOON)).isFalse();
    assertThat(store.find(account)).contains(new Factor("two", true, 7));
  }

  @Test
  void stepIsUsedOnceAndNoneBeforeIt() {
    store.enrol(account, "one", NOON);
    assertThat(store.useStep(account, 5)).as("not confirmed").isFalse();
    store.confirm(account, 5, NOON);
    assertThat(store.useStep(account, 5)).isFalse();
    assertThat(store.useStep(account, 6)).isTrue();
    assertThat(store.useStep(account, 6)).isFalse();
    assertThat(store.useStep(account, 4)).isFalse();
  }

  @Test
  void ofManyAtOnceOneUsesAStep() throws Exception {
    store.enrol(account, "one", NOON);
    store.confirm(account, 5, NOON);
    Callable<Boolean> use = () -> store.useStep(account, 6);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertThat(
              threads.invokeAll(Collections.nCopies(20, use)).stream()
                  .map(Future::resultNow)
                  .filter(won -> won))
          .hasSize(1);
    }
  }

  @Test
  void challengeHasItsTriesAndIsTakenOnce() {
    store.insertChallenge("a", account, 2, NOON, END);
    assertThat(store.tryChallenge("b", NOON)).isEmpty();
    assertThat(store.tryChallenge("a", NOON)).contains(account);
    assertThat(store.tryChallenge("a", NOON)).contains(account);
    assertThat(store.tryChallenge("a", NOON)).isEmpty();
    assertThat(store.takeChallenge("a")).isTrue();
    assertThat(store.takeChallenge("a")).isFalse();
  }

  @Test
  void challengeIsGoodFromItsBeginningToItsEnd() {
    store.insertChallenge("a", account, 9, NOON, END);
    assertThat(store.tryChallenge("a", END)).isEmpty();
    assertThat(store.tryChallenge("a", NOON.minus(Duration.ofMinutes(2)))).isEmpty();
    assertThat(store.tryChallenge("a", END.minusMillis(1))).contains(account);
    store.deleteExpired(END);
    assertThat(store.tryChallenge("a", NOON)).isEmpty();
  }

  @Test
  void factorGoesWithAllThatWaitsForIt() {
    store.enrol(account, "one", NOON);
    store.insertChallenge("a", account, 9, NOON, END);
    assertThat(store.delete(account)).isTrue();
    assertThat(store.delete(account)).isFalse();
    assertThat(store.find(account)).isEmpty();
    assertThat(store.tryChallenge("a", NOON)).isEmpty();
  }
}
