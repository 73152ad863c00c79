package io.omnirun.guest.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.omnirun.guest.agent.Alarms.Alarm;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AlarmsTest {
  private final AtomicInteger rung = new AtomicInteger();

  private Alarm alarm(Alarms alarms, Duration time) {
    return alarms.after(time, rung::incrementAndGet);
  }

  /** Later ones tell that earlier ones were looked at. */
  private static void awaitLooks(Alarms alarms, int count) {
    for (int i = 0; i < count; i++) {
      AtomicInteger seen = new AtomicInteger();
      try (Alarm ignored = alarms.after(Duration.ZERO, seen::incrementAndGet)) {
        await().until(() -> seen.get() == 1);
      }
    }
  }

  @Test
  void goesOffOnceAndNotBeforeItsTime() {
    try (Alarms alarms = new Alarms()) {
      long begin = System.nanoTime();
      try (Alarm ignored = alarm(alarms, Duration.ofMillis(700))) {
        await().until(() -> rung.get() > 0);
        assertThat(System.nanoTime() - begin).isGreaterThanOrEqualTo(700_000_000L);
        awaitLooks(alarms, 2);
        assertThat(rung).hasValue(1);
      }
    }
  }

  @Test
  void doesNotGoOffWhenItIsOver() {
    try (Alarms alarms = new Alarms()) {
      alarm(alarms, Duration.ofMillis(1)).close();
      alarm(alarms, Duration.ofHours(1));
      awaitLooks(alarms, 2);
      assertThat(rung).hasValue(0);
    }
  }

  @Test
  void whoWaitsWhenItEndsIsLetGo() {
    Alarms alarms = new Alarms();
    alarm(alarms, Duration.ofHours(1));
    alarm(alarms, Duration.ofHours(1)).close();
    alarms.close();
    assertThat(rung).hasValue(1);
    alarm(alarms, Duration.ofHours(1));
    assertThat(rung).hasValue(2);
  }

  @Test
  void oneThatBlocksHoldsUpNoOther() {
    CountDownLatch end = new CountDownLatch(1);
    try (Alarms alarms = new Alarms();
        Alarm ignored = alarms.after(Duration.ZERO, () -> blockUntil(end))) {
      awaitLooks(alarms, 2);
    } finally {
      end.countDown();
    }
  }

  private static void blockUntil(CountDownLatch end) {
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
