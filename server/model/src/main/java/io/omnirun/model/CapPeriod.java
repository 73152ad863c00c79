package io.omnirun.model;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How often what was spent begins at nothing again. */
public enum CapPeriod {
  /** At midnight, UTC. */
  DAY,
  /** On the first of a month, UTC. */
  MONTH,
  /** Never. */
  TOTAL;

  private static final LocalDate BEGINNING = LocalDate.EPOCH;

  /** The period that callers know by that name, {@code month} say. */
  public static Optional<CapPeriod> parse(String text) {
    return Arrays.stream(values()).filter(period -> period.text().equals(text)).findFirst();
  }

  /** Its name in the API and the database. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The first day of the period in which a moment is. */
  public LocalDate startOf(Instant moment) {
    LocalDate day = LocalDate.ofInstant(moment, ZoneOffset.UTC);
    return switch (this) {
      case DAY -> day;
      case MONTH -> day.withDayOfMonth(1);
      case TOTAL -> BEGINNING;
    };
  }
}
