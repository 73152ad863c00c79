package io.omnirun.core;

import static java.util.Objects.requireNonNull;

import io.omnirun.core.ports.Guest;
import io.omnirun.model.EgressCounters;
import io.omnirun.model.OmniRunException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The latest samples of one sandbox. Thread-safe; one caller at a time measures, and those that
 * come meanwhile wait for it and share what it found, be it that the guest does not answer.
 */
final class MetricSeries {
  /** However often somebody asks, the guest is not asked more often. */
  static final Duration FRESH = Duration.ofSeconds(1);

  private final Clock clock;
  private final Duration attention;
  private final Supplier<EgressCounters> egress;
  private final Deque<MetricSample> samples = new ArrayDeque<>();
  private final AtomicReference<@Nullable CompletableFuture<MetricSample>> underWay =
      new AtomicReference<>();
  private volatile Instant lastQuestion;

  MetricSeries(Clock clock, Duration attention, Supplier<EgressCounters> egress) {
    this.clock = clock;
    this.attention = attention;
    this.egress = egress;
    this.lastQuestion = clock.instant();
  }

  /** All samples, the last of them not older than {@link #FRESH}. Blocks for the guest. */
  List<MetricSample> ask(Guest guest) {
    lastQuestion = clock.instant();
    if (isStale()) {
      measure(guest);
    }
    return samples();
  }

  /** Whether somebody has asked of late. */
  boolean isWatched(Instant now) {
    return lastQuestion.plus(attention).isAfter(now);
  }

  /** Adds a sample and drops those that are too old. Blocks for the guest. */
  void measure(Guest guest) {
    CompletableFuture<MetricSample> mine = new CompletableFuture<>();
    CompletableFuture<MetricSample> others = underWay.compareAndExchange(null, mine);
    if (others == null) {
      measure(guest, mine);
    } else {
      await(others);
    }
  }

  private void measure(Guest guest, CompletableFuture<MetricSample> measured) {
    try {
      MetricSample sample = new MetricSample(clock.instant(), guest.measure(), egress.get());
      add(sample);
      measured.complete(sample);
    } catch (RuntimeException | Error e) {
      measured.completeExceptionally(e);
      throw e;
    } finally {
      underWay.set(null);
    }
  }

  private static void await(CompletableFuture<MetricSample> others) {
    try {
      others.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof OmniRunException known) {
        throw new OmniRunException(known.code(), requireNonNull(known.getMessage()), e);
      }
      throw e;
    }
  }

  private synchronized boolean isStale() {
    return samples.isEmpty() || samples.getLast().at().plus(FRESH).isBefore(clock.instant());
  }

  private synchronized List<MetricSample> samples() {
    return List.copyOf(samples);
  }

  private synchronized void add(MetricSample sample) {
    samples.addLast(sample);
    while (samples.getFirst().at().plus(attention).isBefore(sample.at())) {
      samples.removeFirst();
    }
  }
}
