package io.omnirun.rest;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Finds how far bytes are the same within a JSON string and outside it: printable ASCII without
 * quote and backslash. Looks at eight bytes at a time; large files are copied in such runs.
 */
final class PlainText {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private static final long LOW_BITS = 0x0101_0101_0101_0101L;
  private static final long HIGH_BITS = 0x8080_8080_8080_8080L;
  private static final long QUOTES = '"' * LOW_BITS;
  private static final long BACKSLASHES = '\\' * LOW_BITS;
  private static final long FIRST_PRINTABLES = ' ' * LOW_BITS;

  private PlainText() {}

  /** The index of the first byte that is not plain; {@code to} if all are. */
  static int runEnd(byte[] bytes, int from, int to) {
    int position = from;
    while (position <= to - Long.BYTES && allPlain((long) LONGS.get(bytes, position))) {
      position += Long.BYTES;
    }
    while (position < to && isPlain(bytes[position])) {
      position++;
    }
    return position;
  }

  /**
   * Bit tricks: {@code (x - LOW) & ~x & HIGH} is not zero exactly if a byte of x is zero, and with
   * a minuend below 0x80 instead of LOW, if a byte is smaller than that.
   */
  private static boolean allPlain(long word) {
    long quotes = word ^ QUOTES;
    long backslashes = word ^ BACKSLASHES;
    long special =
        word
            | ((quotes - LOW_BITS) & ~quotes)
            | ((backslashes - LOW_BITS) & ~backslashes)
            | ((word - FIRST_PRINTABLES) & ~word);
    return (special & HIGH_BITS) == 0;
  }

  private static boolean isPlain(byte single) {
    return single >= ' ' && single != '"' && single != '\\';
  }
}
