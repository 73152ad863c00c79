package io.omnirun.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The table that ends a run. Used by one thread. */
final class Report {
  private final List<String> rows = new ArrayList<>();
  private final List<String> verdicts = new ArrayList<>();

  /** A row of durations. */
  void durations(String what, Samples samples) {
    rows.add(
        String.format(
            Locale.ROOT,
            "| %s | %d | %.1f ms | %.1f ms | %.1f ms |",
            what,
            samples.count(),
            samples.percentile(50),
            samples.percentile(95),
            samples.percentile(99)));
  }

  /** A row of one figure. */
  void figure(String what, String value) {
    rows.add("| %s | 1 | %s | | |".formatted(what, value));
  }

  /** What the figures were to be. */
  void verdict(String promise, String measured, boolean kept) {
    verdicts.add("| %s | %s | %s |".formatted(promise, measured, kept ? "kept" : "**missed**"));
  }

  /** A scenario that came to no figure: the others are still worth having. */
  void failed(String scenario, RuntimeException cause) {
    cause.printStackTrace();
    verdicts.add("| %s | failed: %s | **missed** |".formatted(scenario, cause.getMessage()));
  }

  void print(String host) {
    System.out.println("\n" + host + "\n");
    System.out.println("| what | n | p50 | p95 | p99 |\n| --- | --- | --- | --- | --- |");
    rows.forEach(System.out::println);
    System.out.println("\n| promise | measured | |\n| --- | --- | --- |");
    verdicts.forEach(System.out::println);
  }
}
