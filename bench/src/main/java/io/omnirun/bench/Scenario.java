package io.omnirun.bench;

/** One group of figures. */
interface Scenario {
  String name();

  /** Measures; takes minutes. */
  void run(Report report);
}
