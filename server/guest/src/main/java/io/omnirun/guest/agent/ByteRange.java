package io.omnirun.guest.agent;

/**
 * A part of a file.
 *
 * @param first its first byte, counted from 0
 * @param last its last byte; {@link Long#MAX_VALUE}: to the end of the file
 */
public record ByteRange(long first, long last) {
  public ByteRange {
    if (first < 0 || last < first) {
      throw new IllegalArgumentException("not a range: " + first + " to " + last);
    }
  }

  /** All from a byte on. */
  public static ByteRange from(long first) {
    return new ByteRange(first, Long.MAX_VALUE);
  }

  /** As HTTP's Range header has it. */
  String header() {
    return "bytes=" + first + "-" + (last == Long.MAX_VALUE ? "" : Long.toString(last));
  }
}
