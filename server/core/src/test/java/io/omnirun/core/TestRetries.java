package io.omnirun.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TestRetries {
  private final Deadlines timer = new Deadlines(Clock.systemUTC());
  private final Retries retries =
      new Retries(
          timer, Clock.systemUTC(), new Backoff(Duration.ofMillis(1), Duration.ofMillis(4)));

  @AfterEach
  void close() {
    timer.close();
  }

  @Test
  void actionThatSucceedsIsRunOnceBeforeTheCallReturns() {
    AtomicInteger runs = new AtomicInteger();
    retries.untilDone("counting", runs::incrementAndGet);
    assertThat(runs).hasValue(1);
  }

  @Test
  void actionThatFailsIsRunAgainUntilItSucceeds() {
    AtomicInteger runs = new AtomicInteger();
    retries.untilDone("counting", () -> failUntil(6, runs));
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> runs.get() == 6);
  }

  @Test
  void laterActionIsRunToo() {
    AtomicInteger runs = new AtomicInteger();
    retries.later("counting", () -> failUntil(2, runs));
    Awaitility.await().atMost(30, TimeUnit.SECONDS).until(() -> runs.get() == 2);
  }

  @Test
  void actionThatFailsAfterTheEndOfTheTimerIsLeft() {
    timer.close();
    AtomicInteger runs = new AtomicInteger();
    retries.untilDone("counting", () -> failUntil(2, runs));
    assertThat(runs).hasValue(1);
  }

  @Test
  void pausesDoubleUpToTheLongest() {
    Backoff backoff = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(60));
    assertThat(Stream.iterate(backoff.first(), backoff::after).limit(8).map(Duration::toSeconds))
        .containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 60L, 60L);
  }

  private static void failUntil(int run, AtomicInteger runs) {
    if (runs.incrementAndGet() < run) {
      throw new IllegalStateException("as told");
    }
  }
}
