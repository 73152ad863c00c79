package io.omnirun.model;

import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/**
 * Names an entry of the audit: {@code aud_}, 9 characters of time (milliseconds since the epoch, to
 * the base 36), 4 of a count and 16 of chance. In the order of text they are in the order of time,
 * and those that one server makes in one millisecond are in the order in which it did.
 */
public record AuditId(String value) implements Comparable<AuditId> {
  private static final String PREFIX = "aud_";
  private static final int TIME_LENGTH = 9;
  private static final int COUNT_LENGTH = 4;
  private static final int RADIX = 36;
  private static final long COUNTS = (long) Math.pow(RADIX, COUNT_LENGTH);
  private static final AtomicLong COUNT = new AtomicLong();
  private static final Pattern FORM = Pattern.compile("aud_[a-z0-9]{29}");

  /**
   * @throws IllegalArgumentException if {@code value} has not the form of such an id
   */
  public AuditId {
    if (!FORM.matcher(value).matches()) {
      throw new IllegalArgumentException("not of the form " + FORM + ": " + value);
    }
  }

  /** A new id of a moment. */
  public static AuditId at(Instant moment) {
    String count = digits(COUNT.getAndIncrement() % COUNTS, COUNT_LENGTH);
    return new AuditId(PREFIX + time(moment) + count + RandomNames.next().substring(COUNT_LENGTH));
  }

  /** Before every id of that moment and of later ones, behind all others. */
  public static AuditId lowestAt(Instant moment) {
    return new AuditId(PREFIX + time(moment) + "0".repeat(RandomNames.LENGTH));
  }

  /** The id that {@code text} spells, empty if it spells none: for text that callers send. */
  public static Optional<AuditId> parse(String text) {
    return FORM.matcher(text).matches() ? Optional.of(new AuditId(text)) : Optional.empty();
  }

  /** What does not fit, before 1970 or after 5188, is the first or the last moment that does. */
  private static String time(Instant moment) {
    long last = (long) Math.pow(RADIX, TIME_LENGTH) - 1;
    long millis =
        moment.isBefore(Instant.EPOCH)
            ? 0
            : moment.isAfter(Instant.ofEpochMilli(last)) ? last : moment.toEpochMilli();
    return digits(millis, TIME_LENGTH);
  }

  private static String digits(long number, int length) {
    String digits = Long.toString(number, RADIX);
    return "0".repeat(length - digits.length()) + digits;
  }

  @Override
  public int compareTo(AuditId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
