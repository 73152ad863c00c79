package io.omnirun.bench;

/**
 * What an open stream costs a gateway.
 *
 * @param residentKib of its processes
 * @param liveKib of its heap; 0 where there is none that could be asked
 */
record LlmMemory(double residentKib, double liveKib) {
  static final LlmMemory UNKNOWN = new LlmMemory(0, 0);

  /** What a heap holds need not show in what is resident, for that may have been there before. */
  double worseKib() {
    return Math.max(residentKib, liveKib);
  }

  String spelt() {
    return liveKib > 0
        ? "%.1f KiB resident, %.1f KiB of heap".formatted(residentKib, liveKib)
        : "%.1f KiB resident".formatted(residentKib);
  }
}
