package io.omnirun.bench;

import java.util.ArrayList;
import java.util.List;

/** Figures of one thing; durations are in milliseconds. Used by one thread. */
final class Samples {
  private static final double NANOS_PER_MILLI = 1e6;

  private final List<Double> milliseconds = new ArrayList<>();

  /** What is timed; it may fail. */
  @FunctionalInterface
  interface Timed<T> {
    T run();
  }

  /** Runs something and notes how long it took. */
  <T> T time(Timed<T> timed) {
    long start = System.nanoTime();
    T result = timed.run();
    add((System.nanoTime() - start) / NANOS_PER_MILLI);
    return result;
  }

  void add(double value) {
    milliseconds.add(value);
  }

  /** All of them, in the order in which they came. */
  List<Double> all() {
    return List.copyOf(milliseconds);
  }

  int count() {
    return milliseconds.size();
  }

  /** By the nearest rank. */
  double percentile(double percent) {
    List<Double> sorted = milliseconds.stream().sorted().toList();
    int rank = (int) Math.ceil(percent / 100 * sorted.size());
    return sorted.get(Math.max(1, rank) - 1);
  }
}
