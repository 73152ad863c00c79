package io.omnirun.core;

import java.time.Duration;
import java.util.function.LongSupplier;

/** When one sandbox was used last. Thread-safe; does not block. */
final class UseRecord {
  private final LongSupplier nanoClock;
  private int open;
  private long lastNanos;

  /**
   * A sandbox that begins to run is used at that moment.
   *
   * @param nanoClock {@link System#nanoTime} or one like it
   */
  UseRecord(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    this.lastNanos = nanoClock.getAsLong();
  }

  synchronized void begin() {
    open++;
  }

  synchronized void end() {
    open--;
    lastNanos = nanoClock.getAsLong();
  }

  /** For how long nobody has used it; zero while somebody does. */
  synchronized Duration idle() {
    return open > 0 ? Duration.ZERO : Duration.ofNanos(nanoClock.getAsLong() - lastNanos);
  }
}
