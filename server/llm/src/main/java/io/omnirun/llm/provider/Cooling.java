package io.omnirun.llm.provider;

import io.omnirun.llm.config.RouteConfig;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Remembers which routes have failed, several times in a row, and leaves them alone for a while.
 * Thread-safe; does not block.
 */
final class Cooling {
  /** One failure is anybody's. */
  static final int FAILURES = 3;

  /** As long as overloads and restarts commonly take. */
  static final Duration COOL_DOWN = Duration.ofSeconds(30);

  private record State(int failures, long untilNanos) {}

  private final LongSupplier nanoClock;
  private final Map<RouteConfig, State> states = new ConcurrentHashMap<>();

  /**
   * @param nanoClock {@link System#nanoTime} or one like it
   */
  Cooling(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  void failed(RouteConfig route) {
    long until = nanoClock.getAsLong() + COOL_DOWN.toNanos();
    states.compute(
        route, (key, before) -> new State(before == null ? 1 : before.failures() + 1, until));
  }

  void succeeded(RouteConfig route) {
    states.remove(route);
  }

  /** Whether it should be left alone. One whose time is over may be tried again, once. */
  boolean isHot(RouteConfig route) {
    State state = states.get(route);
    return state != null
        && state.failures() >= FAILURES
        && nanoClock.getAsLong() - state.untilNanos() < 0;
  }
}
