package io.omnirun.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TestBriefCache {
  private static final int MAX = 3;

  private final AtomicLong nanos = new AtomicLong();
  private final AtomicInteger answer = new AtomicInteger();
  private final List<String> asked = new ArrayList<>();
  private Runnable meanwhile = () -> {};
  private final Queue<Runnable> background = new ArrayDeque<>();
  private final BriefCache<String, Integer> cache =
      new BriefCache<>(Duration.ofSeconds(1), MAX, nanos::get, this::ask, background::add);

  private Integer ask(String key) {
    asked.add(key);
    int value = answer.get();
    meanwhile.run();
    return value;
  }

  @Test
  void answerHoldsForItsTimeAndNoLonger() {
    cache.get("a");
    nanos.set(Duration.ofSeconds(1).toNanos() - 1);
    cache.get("a");
    assertThat(asked).containsExactly("a");
    nanos.incrementAndGet();
    cache.get("a");
    assertThat(asked).containsExactly("a", "a");
  }

  @Test
  void answerThatIsWantedInItsLastFifthIsAskedForInTheBackgroundOnce() {
    cache.get("a");
    nanos.set(Duration.ofMillis(799).toNanos());
    cache.get("a");
    assertThat(background).isEmpty();
    nanos.set(Duration.ofMillis(800).toNanos());
    answer.set(1);
    assertThat(cache.get("a")).isZero();
    assertThat(cache.get("a")).isZero();
    assertThat(background).hasSize(1);
    background.remove().run();
    assertThat(cache.get("a")).isEqualTo(1);
    nanos.set(Duration.ofMillis(1_799).toNanos());
    assertThat(cache.get("a")).isEqualTo(1);
    assertThat(asked).containsExactly("a", "a");
  }

  @Test
  void answerThatCannotBeRenewedHoldsForItsTime() {
    cache.get("a");
    nanos.set(Duration.ofMillis(800).toNanos());
    meanwhile =
        () -> {
          throw new IllegalStateException("told to fail");
        };
    cache.get("a");
    background.remove().run();
    assertThat(cache.get("a")).isZero();
    nanos.set(Duration.ofSeconds(1).toNanos());
    assertThatIllegalStateException().isThrownBy(() -> cache.get("a"));
  }

  @Test
  void invalidatedAnswerIsAskedForAnew() {
    cache.get("a");
    answer.set(1);
    cache.invalidate();
    assertThat(cache.get("a")).isEqualTo(1);
  }

  @Test
  void answerThatWasUnderWayWhenItWasInvalidatedIsNotKept() {
    meanwhile =
        () -> {
          answer.set(1);
          cache.invalidate();
        };
    cache.get("a");
    meanwhile = () -> {};
    assertThat(cache.get("a")).isEqualTo(1);
  }

  @Test
  void answerToAnEarlierQuestionReplacesNoneToALaterOne() {
    cache.get("a");
    nanos.set(Duration.ofMillis(800).toNanos());
    answer.set(1);
    cache.get("a");
    meanwhile =
        () -> {
          meanwhile = () -> {};
          nanos.set(Duration.ofSeconds(1).toNanos());
          answer.set(2);
          cache.get("a");
        };
    background.remove().run();
    assertThat(cache.get("a")).isEqualTo(2);
  }

  @Test
  void renewalInAFullCacheForgetsNothing() {
    for (int i = 0; i < MAX; i++) {
      cache.get("known " + i);
    }
    nanos.set(Duration.ofMillis(800).toNanos());
    cache.get("known 0");
    background.remove().run();
    cache.get("known 1");
    assertThat(asked).hasSize(MAX + 1);
  }

  @Test
  void madeUpNamesFillNoMemory() {
    for (int i = 0; i < MAX; i++) {
      cache.get("made up " + i);
    }
    cache.get("one more");
    cache.get("made up 0");
    assertThat(asked).hasSize(MAX + 2);
  }
}
