package io.omnirun.bench;

import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * What the gateway to language models was to be, against the way without it and against LiteLLM.
 */
final class LlmBars {
  private static final double PROMISED_ADDED_MS = 0.5;
  private static final double PROMISED_LOADED_RATIO = 3;
  private static final double PROMISED_GAP_MS = 0.2;
  private static final double PROMISED_STREAM_KIB = 100;

  private LlmBars() {}

  static void tell(Report report, LlmFigures direct, LlmFigures ours) {
    direct.tell(report);
    ours.tell(report);
    added(report, "the gateway adds p50 < 0.5 ms to an answer", direct, ours, all -> all.whole);
    double ratio = ours.loaded.percentile(99) / direct.loaded.percentile(99);
    report.verdict(
        "500 answers a second: p99 ≤ 3 × the direct p99",
        "%.2f ×".formatted(ratio),
        ratio <= PROMISED_LOADED_RATIO);
    added(
        report,
        "the gateway adds p50 < 0.5 ms to the time to the first word",
        direct,
        ours,
        all -> all.firstWord);
    double gap = ours.gaps.percentile(50) - direct.gaps.percentile(50);
    double atOnce = ours.burst.percentile(50) - direct.burst.percentile(50);
    report.verdict(
        "the gateway adds < 0.2 ms to the gap between chunks",
        "%.3f ms to gaps of 5 ms, %.3f ms to chunks sent at once".formatted(gap, atOnce),
        Math.max(gap, atOnce) < PROMISED_GAP_MS);
    report.verdict(
        "an open stream costs ≤ 100 KB of server memory (500 open)",
        ours.memory.spelt(),
        ours.memory.worseKib() <= PROMISED_STREAM_KIB);
  }

  private static void added(
      Report report,
      String promise,
      LlmFigures direct,
      LlmFigures ours,
      Function<LlmFigures, Samples> what) {
    double added = what.apply(ours).percentile(50) - what.apply(direct).percentile(50);
    report.verdict(promise, "%.3f ms".formatted(added), added < PROMISED_ADDED_MS);
  }

  static void compare(Report report, LlmFigures ours, LlmFigures others) {
    better(report, "an answer, p50", ours, others, all -> all.whole.percentile(50));
    better(report, "an answer, p99", ours, others, all -> all.whole.percentile(99));
    better(report, "500 a second, p50", ours, others, all -> all.loaded.percentile(50));
    better(report, "500 a second, p99", ours, others, all -> all.loaded.percentile(99));
    better(report, "first word, p50", ours, others, all -> all.firstWord.percentile(50));
    // The median of the gaps is the provider's clock, whoever is in between.
    better(report, "gap, p99", ours, others, all -> all.gaps.percentile(99));
    better(report, "a chunk sent at once, p50", ours, others, all -> all.burst.percentile(50));
    report.verdict(
        "better than LiteLLM: memory of an open stream",
        ours.memory.spelt() + " against " + others.memory.spelt(),
        ours.memory.residentKib() < others.memory.residentKib());
  }

  private static void better(
      Report report,
      String what,
      LlmFigures ours,
      LlmFigures others,
      ToDoubleFunction<LlmFigures> figure) {
    double our = figure.applyAsDouble(ours);
    double other = figure.applyAsDouble(others);
    report.verdict(
        "better than LiteLLM: " + what,
        "%.3f ms against %.3f ms".formatted(our, other),
        our < other);
  }
}
