package io.omnirun.core;

import io.omnirun.core.ports.Guest;
import io.omnirun.model.EgressCounters;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Supplier;

/**
 * The latest samples of one sandbox. Thread-safe; one caller at a time measures, the others wait
 * and share what it found.
 */
final class MetricSeries {
  /** However often somebody asks, the guest is not asked more often. */
  static final Duration FRESH = Duration.ofSeconds(1);

  private final Clock clock;
  private final Duration attention;
  private final Supplier<EgressCounters> egress;
  private final Deque<MetricSample> samples = new ArrayDeque<>();
  private Instant lastQuestion = Instant.EPOCH;

  MetricSeries(Clock clock, Duration attention, Supplier<EgressCounters> egress) {
    this.clock = clock;
    this.attention = attention;
    this.egress = egress;
    this.lastQuestion = clock.instant();
  }

  /** All samples, the last of them not older than {@link #FRESH}. */
  synchronized List<MetricSample> ask(Guest guest) {
    lastQuestion = clock.instant();
    if (samples.isEmpty() || samples.getLast().at().plus(FRESH).isBefore(clock.instant())) {
      measure(guest);
    }
    return List.copyOf(samples);
  }

  /** Whether somebody has asked of late. */
  synchronized boolean isWatched(Instant now) {
    return lastQuestion.plus(attention).isAfter(now);
  }

  /** Adds a sample and drops those that are too old. */
  synchronized void measure(Guest guest) {
    MetricSample sample = new MetricSample(clock.instant(), guest.measure(), egress.get());
    samples.addLast(sample);
    while (samples.getFirst().at().plus(attention).isBefore(sample.at())) {
      samples.removeFirst();
    }
  }
}
