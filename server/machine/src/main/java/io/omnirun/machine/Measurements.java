package io.omnirun.machine;

import io.omnirun.guest.proto.v1.MetricsResponse;
import io.omnirun.model.GuestUse;

/** Reads what a guest says that it uses: numbers that are none become such as can be. */
final class Measurements {
  private static final double ALL = 100;

  private Measurements() {}

  static GuestUse of(MetricsResponse said) {
    return new GuestUse(
        Math.max(1, said.getCpuCount()),
        percent(said.getCpuUsedPct()),
        bytes(said.getMemUsedBytes()),
        bytes(said.getMemTotalBytes()),
        bytes(said.getDiskUsedBytes()),
        bytes(said.getDiskTotalBytes()));
  }

  private static double percent(double said) {
    return Double.isNaN(said) ? 0 : Math.clamp(said, 0, ALL);
  }

  /** The wire's numbers have no sign; those beyond Java's are as large as can be. */
  private static long bytes(long said) {
    return said < 0 ? Long.MAX_VALUE : said;
  }
}
