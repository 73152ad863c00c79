package io.omnirun.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class RetryPlanTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

  @Test
  void pausesDoubleUpToTheLongestAndEndWithTheEventsAge() {
    RetryPlan plan = RetryPlan.USUAL;
    assertThat(plan.next(NOON, 0, NOON)).contains(NOON.plusSeconds(5));
    assertThat(plan.next(NOON, 1, NOON)).contains(NOON.plusSeconds(10));
    assertThat(plan.next(NOON, 9, NOON)).contains(NOON.plusSeconds(2_560));
    assertThat(plan.next(NOON, 1_000, NOON)).contains(NOON.plus(Duration.ofHours(1)));
    assertThat(plan.next(NOON, 30, NOON.plus(Duration.ofHours(23)))).isEmpty();
  }
}
