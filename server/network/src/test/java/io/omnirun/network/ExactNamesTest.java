package io.omnirun.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.model.NetworkPolicy;
import io.omnirun.network.NameResolver.Resolution;
import java.net.Inet4Address;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ExactNamesTest {
  private static final Inet4Address ADDRESS = Loopback.address("9.9.9.9");
  private static final int PERMITS = ExactNames.MAX_LOOKUPS_OF_GUEST;

  private final Semaphore ofGuest = new Semaphore(PERMITS);
  private final AtomicInteger asked = new AtomicInteger();

  @Test
  void allNamesAreFoundThoughAFewAreLookedUpAtATime() {
    NameAddresses found =
        names(Duration.ofSeconds(30), new CountDownLatch(0)).lookUp(policy(100), ofGuest);
    assertThat(found.areAll()).isTrue();
    assertThat(found.allowed()).hasSize(100);
    assertThat(asked).hasValue(100);
  }

  @Test
  void aRoundThatIsOverLooksNothingElseUp() throws InterruptedException {
    CountDownLatch answers = new CountDownLatch(1);
    NameAddresses found = names(Duration.ofMillis(200), answers).lookUp(policy(100), ofGuest);
    assertThat(found.areAll()).isFalse();
    assertThat(found.allowed()).isEmpty();
    answers.countDown();
    ofGuest.acquire(PERMITS); // Then each of its threads has had its answer.
    assertThat(asked).hasValue(PERMITS);
  }

  @Test
  void aGuestWhoseFormerLookupsAreStillWaitedForStartsNoOthers() throws InterruptedException {
    ofGuest.acquire(PERMITS);
    NameAddresses found =
        names(Duration.ofMillis(100), new CountDownLatch(0)).lookUp(policy(3), ofGuest);
    assertThat(found.areAll()).isFalse();
    assertThat(asked).hasValue(0);
  }

  @Test
  void aRoundThatFailedIsFollowedByOthersEverMoreSeldom() {
    Duration seldom = Duration.ofMinutes(10);
    assertThat(IntStream.of(0, 1, 2, 6, 1_000).mapToObj(i -> NameRefresh.pauseAfter(i, seldom)))
        .containsExactly(
            Duration.ofSeconds(5),
            Duration.ofSeconds(10),
            Duration.ofSeconds(20),
            Duration.ofMinutes(5),
            Duration.ofMinutes(5));
    assertThat(NameRefresh.pauseAfter(9, Duration.ofSeconds(30)))
        .as("what was found is needed earlier")
        .isEqualTo(Duration.ofSeconds(30));
  }

  private ExactNames names(Duration patience, CountDownLatch answers) {
    return new ExactNames(
        name -> {
          asked.incrementAndGet();
          try {
            answers.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
          return new Resolution(List.of(ADDRESS), Duration.ofMinutes(1));
        },
        address -> true,
        patience);
  }

  private static NetworkPolicy policy(int names) {
    return TestGuest.listed(
        IntStream.range(0, names).mapToObj(i -> "n%d.example".formatted(i)).toArray(String[]::new));
  }
}
