package io.omnirun.llm.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.omnirun.llm.config.RouteConfig;
import java.net.URI;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CoolingTest {
  private static final URI NOWHERE = URI.create("http://a.example");

  /** The clock may be anywhere, also about to begin again. */
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);

  private final Cooling cooling = new Cooling(nanos::get);
  private final RouteConfig route = TestModels.route(TestModels.provider("a", NOWHERE), "m");

  private void failTimes(int times) {
    for (int i = 0; i < times; i++) {
      cooling.failed(route);
    }
  }

  @Test
  void severalFailuresInARowHeatARouteForAWhile() {
    failTimes(Cooling.FAILURES - 1);
    assertThat(cooling.isHot(route)).isFalse();
    failTimes(1);
    assertThat(cooling.isHot(route)).isTrue();
    nanos.addAndGet(Cooling.COOL_DOWN.toNanos() - 1);
    assertThat(cooling.isHot(route)).isTrue();
    nanos.incrementAndGet();
    assertThat(cooling.isHot(route)).isFalse();
  }

  @Test
  void oneThatFailsAgainAfterItsTimeIsHotAtOnce() {
    failTimes(Cooling.FAILURES);
    nanos.addAndGet(Cooling.COOL_DOWN.toNanos());
    failTimes(1);
    assertThat(cooling.isHot(route)).isTrue();
  }

  @Test
  void aSuccessMakesUpForAllFailures() {
    failTimes(Cooling.FAILURES);
    cooling.succeeded(route);
    assertThat(cooling.isHot(route)).isFalse();
    failTimes(Cooling.FAILURES - 1);
    assertThat(cooling.isHot(route)).isFalse();
  }

  @Test
  void routesAreKnownApartByTheirModelToo() {
    failTimes(Cooling.FAILURES);
    assertThat(cooling.isHot(TestModels.route(route.provider(), "other"))).isFalse();
    assertThat(cooling.isHot(TestModels.route(TestModels.provider("b", NOWHERE), "m"))).isFalse();
  }
}
