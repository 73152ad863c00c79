package io.omnirun.store;

import static io.omnirun.store.Samples.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.core.ports.SignInStore;
import io.omnirun.core.ports.SignInStore.Code;
import io.omnirun.model.EmailAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every engine must do with codes and attempts. */
abstract class BaseSignInStoreTest {
  private static final EmailAddress ADA = new EmailAddress("ada@example.org");
  private static final Instant END = NOON.plusSeconds(600);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final String RIGHT = "right";
  private static final int CALLERS = 20;

  @SuppressWarnings("NullAway.Init")
  private Database database;

  @SuppressWarnings("NullAway.Init")
  private SignInStore store;

  /** The address of a fresh, empty database. */
  abstract String newDatabaseUrl();

  @BeforeEach
  void open() {
    database = Database.open(new DatabaseConfig(newDatabaseUrl()));
    store = database.signIns();
    store.replaceCode(new Code(ADA, RIGHT, "link", NOON, END), 3);
  }

  @AfterEach
  void close() {
    database.close();
  }

  @Test
  void codeIsTakenOnce() {
    assertThat(store.takeCode(ADA, RIGHT, NOON)).isTrue();
    assertThat(store.takeCode(ADA, RIGHT, NOON)).isFalse();
    assertThat(store.takeLink("link", NOON)).isEmpty();
  }

  @Test
  void rightCodeIsWrongWhenItsTriesAreUsedUp() {
    for (int i = 0; i < 3; i++) {
      assertThat(store.takeCode(ADA, "wrong", NOON)).isFalse();
    }
    assertThat(store.takeCode(ADA, RIGHT, NOON)).isFalse();
  }

  @Test
  void ofManyAtOnceOneTakesTheCode() throws Exception {
    store.replaceCode(new Code(ADA, RIGHT, "link", NOON, END), CALLERS);
    assertThat(atOnce(() -> store.takeCode(ADA, RIGHT, NOON)).stream().filter(won -> won))
        .hasSize(1);
  }

  @Test
  void ofManyAtOnceOneTakesTheLink() throws Exception {
    assertThat(atOnce(() -> store.takeLink("link", NOON)).stream().flatMap(Optional::stream))
        .containsExactly(ADA);
  }

  @Test
  void linkIsFoundUntilItIsTaken() {
    assertThat(store.findLink("link", NOON)).contains(ADA);
    assertThat(store.findLink("link", END)).isEmpty();
    assertThat(store.findLink("another", NOON)).isEmpty();
    assertThat(store.takeLink("link", NOON)).contains(ADA);
    assertThat(store.findLink("link", NOON)).isEmpty();
    assertThat(store.takeCode(ADA, RIGHT, NOON)).isFalse();
  }

  @Test
  void codeIsGoodBeforeItsEndOnly() {
    assertThat(store.takeCode(ADA, RIGHT, END)).isFalse();
    assertThat(store.takeLink("link", END)).isEmpty();
    assertThat(store.takeCode(ADA, RIGHT, END.minusMillis(1))).isTrue();
  }

  @Test
  void clockThatGoesBackwardsMakesNoCodeGoodForLonger() {
    Instant before = NOON.minus(Duration.ofMinutes(2));
    assertThat(store.takeCode(ADA, RIGHT, before)).isFalse();
    assertThat(store.takeLink("link", before)).isEmpty();
    assertThat(store.findLink("link", before)).isEmpty();
    store.deleteExpired(HOUR, END);
    assertThat(store.takeCode(ADA, RIGHT, NOON)).isFalse();
  }

  @Test
  void newCodeEndsTheOneBefore() {
    store.takeCode(ADA, "wrong", NOON);
    store.replaceCode(new Code(ADA, "new", "new link", NOON, END), 1);
    assertThat(store.findLink("link", NOON)).isEmpty();
    assertThat(store.takeCode(ADA, "new", NOON)).isTrue();
  }

  @Test
  void codeOfAnotherAddressIsWrong() {
    assertThat(store.takeCode(new EmailAddress("eve@example.org"), RIGHT, NOON)).isFalse();
    assertThat(store.takeCode(ADA, RIGHT, NOON)).isTrue();
  }

  @Test
  void attemptsAreCountedInAWindowFromTheFirstOneOn() {
    assertThat(store.attempts("a", HOUR, NOON)).isZero();
    assertThat(store.countAttempt("a", HOUR, NOON)).isEqualTo(1);
    assertThat(store.countAttempt("a", HOUR, NOON.plusSeconds(3_599))).isEqualTo(2);
    assertThat(store.countAttempt("b", HOUR, NOON)).isEqualTo(1);
    assertThat(store.attempts("a", HOUR, NOON.plusSeconds(3_599))).isEqualTo(2);
    assertThat(store.attempts("a", HOUR, NOON.plusSeconds(3_600))).isZero();
    assertThat(store.countAttempt("a", HOUR, NOON.plusSeconds(3_600))).isEqualTo(1);
  }

  @Test
  void clockThatGoesBackwardsNeitherForgetsAttemptsNorKeepsThemForEver() {
    store.countAttempt("a", HOUR, NOON);
    assertThat(store.countAttempt("a", HOUR, NOON.minusSeconds(60))).isEqualTo(2);
    assertThat(store.attempts("a", HOUR, NOON.minusSeconds(60))).isEqualTo(2);
    assertThat(store.attempts("a", HOUR, NOON.minus(Duration.ofDays(365)))).isZero();
  }

  @Test
  void attemptIsTakenBack() {
    store.countAttempt("a", HOUR, NOON);
    store.uncountAttempt("a");
    store.uncountAttempt("a");
    store.uncountAttempt("nobody");
    assertThat(store.countAttempt("a", HOUR, NOON)).isEqualTo(1);
  }

  @Test
  void noAttemptAtOnceIsLost() throws Exception {
    assertThat(atOnce(() -> store.countAttempt("a", HOUR, NOON)))
        .containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(1, CALLERS).boxed().toList());
  }

  private static <T> List<T> atOnce(Callable<T> call) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      return threads.invokeAll(Collections.nCopies(CALLERS, call)).stream()
          .map(Future::resultNow)
          .toList();
    }
  }
}
