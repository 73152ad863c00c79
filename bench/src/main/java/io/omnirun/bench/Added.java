package io.omnirun.bench;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * What one way adds to another at the median, in milliseconds, and how far chance moves that: of
 * two that vary by ten, a difference of one says nothing before it is known how well it is known.
 *
 * @param median the difference of the medians
 * @param low below this are 2.5 % of the differences that other draws of the same rounds give
 * @param high above this are as many
 */
record Added(double median, double low, double high) {
  private static final int DRAWS = 2_000;

  /** The same rounds always give the same answer. */
  private static final long SEED = 1;

  /**
   * By the bootstrap (Efron, 1979), in which a round is drawn with both of its figures, because
   * what slows one down often slows down its neighbour.
   *
   * @param ours as many as the others, in the order of the rounds
   */
  static Added of(Samples ours, Samples theirs) {
    List<Double> of = ours.all();
    List<Double> to = theirs.all();
    if (of.size() != to.size() || of.isEmpty()) {
      throw new IllegalArgumentException(of.size() + " rounds against " + to.size());
    }
    Random random = new Random(SEED);
    double[] draws =
        IntStream.range(0, DRAWS).mapToDouble(i -> drawn(of, to, random)).sorted().toArray();
    return new Added(
        ours.percentile(50) - theirs.percentile(50),
        draws[DRAWS / 40],
        draws[DRAWS - 1 - DRAWS / 40]);
  }

  private static double drawn(List<Double> ours, List<Double> theirs, Random random) {
    Samples drawnOurs = new Samples();
    Samples drawnTheirs = new Samples();
    for (int i = 0; i < ours.size(); i++) {
      int round = random.nextInt(ours.size());
      drawnOurs.add(ours.get(round));
      drawnTheirs.add(theirs.get(round));
    }
    return drawnOurs.percentile(50) - drawnTheirs.percentile(50);
  }

  /** For a report. */
  @Override
  public String toString() {
    return "%.2f ms (95 %% between %.2f and %.2f)".formatted(median, low, high);
  }
}
