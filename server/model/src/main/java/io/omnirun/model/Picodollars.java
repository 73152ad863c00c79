package io.omnirun.model;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Money as sums of it are kept: prices of single tokens are far below a cent. A dollar is a million
 * million of them.
 */
public final class Picodollars {
  public static final long PER_CENT = 10_000_000_000L;

  private static final int DIGITS_OF_CENT = 10;
  private static final int DIGITS_OF_DOLLAR = 12;
  private static final BigDecimal MOST = BigDecimal.valueOf(Long.MAX_VALUE);

  private Picodollars() {}

  /**
   * An amount in cents, perhaps with a fraction. Part of a picodollar counts as nothing, so that a
   * cap is never more than was said; what no long holds is the most that one does.
   */
  public static long ofCents(BigDecimal cents) {
    return cents
        .movePointRight(DIGITS_OF_CENT)
        .setScale(0, RoundingMode.DOWN)
        .min(MOST)
        .max(MOST.negate())
        .longValueExact();
  }

  /** An amount as cents, without a digit that is not needed. */
  public static BigDecimal cents(long picodollars) {
    BigDecimal cents = BigDecimal.valueOf(picodollars, DIGITS_OF_CENT).stripTrailingZeros();
    return cents.setScale(Math.max(0, cents.scale()));
  }

  /** An amount as dollars, to the last digit. */
  public static BigDecimal dollars(long picodollars) {
    return BigDecimal.valueOf(picodollars, DIGITS_OF_DOLLAR);
  }
}
