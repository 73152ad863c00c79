package io.omnirun.rest;

/** Checks UTF-8 as the Unicode Standard defines it (table 3-7), character by character. */
final class Utf8 {
  /** U+FFFD, which stands for bytes that are no character. */
  static final byte[] REPLACEMENT = {(byte) 0xEF, (byte) 0xBF, (byte) 0xBD};

  /** The longest character. */
  static final int MAX_BYTES = 4;

  /** What {@link #check} says of bytes that may yet become a character. */
  static final int INCOMPLETE = 0;

  private Utf8() {}

  /**
   * Looks at the character that begins at {@code from}, which is less than {@code to}.
   *
   * @return its length in bytes; {@link #INCOMPLETE} if more bytes are needed; or, negated, how
   *     many bytes are to be replaced together because no character begins like that
   */
  static int check(byte[] bytes, int from, int to) {
    int lead = bytes[from] & 0xFF;
    int length = length(lead);
    if (length <= 1) {
      return length;
    }
    for (int i = 1; i < length; i++) {
      if (from + i == to) {
        return INCOMPLETE;
      }
      int next = bytes[from + i] & 0xFF;
      boolean fits = i == 1 ? isSecond(lead, next) : isContinuation(next);
      if (!fits) {
        return -i;
      }
    }
    return length;
  }

  /** The index behind the last of the whole characters from {@code from} on. */
  static int runEnd(byte[] bytes, int from, int to) {
    int position = from;
    while (position < to && bytes[position] < 0) {
      int length = check(bytes, position, to);
      if (length <= 0) {
        return position;
      }
      position += length;
    }
    return position;
  }

  private static int length(int lead) {
    if (lead < 0x80) {
      return 1;
    }
    if (lead < 0xC2 || lead > 0xF4) {
      return -1;
    }
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : MAX_BYTES;
  }

  /** Overlong forms, surrogates and what lies beyond U+10FFFF all show in the second byte. */
  private static boolean isSecond(int lead, int second) {
    return switch (lead) {
      case 0xE0 -> second >= 0xA0 && second <= 0xBF;
      case 0xED -> second >= 0x80 && second <= 0x9F;
      case 0xF0 -> second >= 0x90 && second <= 0xBF;
      case 0xF4 -> second >= 0x80 && second <= 0x8F;
      default -> isContinuation(second);
    };
  }

  private static boolean isContinuation(int value) {
    return value >= 0x80 && value <= 0xBF;
  }
}
