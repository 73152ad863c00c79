package io.omnirun.guest.agent;

/**
 * A part of a file.
 *
 * @param first its first byte, counted from 0; negative: counted from the end, and {@code last} is
 *     the end
 * @param last its last byte; {@link Long#MAX_VALUE}: to the end of the file
 */
public record ByteRange(long first, long last) {
  public ByteRange {
    if (last < first || (first < 0 && last != Long.MAX_VALUE)) {
      throw new IllegalArgumentException("not a range: " + first + " to " + last);
    }
  }

  /** All from a byte on. */
  public static ByteRange from(long first) {
    return new ByteRange(first, Long.MAX_VALUE);
  }

  /** As HTTP's Range header has it. */
  String header() {
    if (first < 0) {
      return "bytes=" + first;
    }
    return "bytes=" + first + "-" + (last == Long.MAX_VALUE ? "" : Long.toString(last));
  }
}
