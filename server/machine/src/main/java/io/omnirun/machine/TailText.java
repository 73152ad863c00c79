package io.omnirun.machine;

import com.google.protobuf.ByteString;

/** The text of an output of which perhaps only the newest bytes are left. */
final class TailText {
  /** A character of UTF-8 has as many bytes after its first. */
  private static final int MAX_CONTINUATION_BYTES = 3;

  private static final int CONTINUATION_MASK = 0xC0;
  private static final int CONTINUATION = 0x80;

  private TailText() {}

  /**
   * Reads UTF-8; what is none is replaced.
   *
   * @param cut there were bytes before: if they ended within a character, the rest of it is left
   *     out, for the program has printed nothing wrong there
   */
  static String of(ByteString bytes, boolean cut) {
    return (cut ? bytes.substring(restOfCharacter(bytes)) : bytes).toStringUtf8();
  }

  private static int restOfCharacter(ByteString bytes) {
    int count = 0;
    int limit = Math.min(MAX_CONTINUATION_BYTES, bytes.size());
    while (count < limit && (bytes.byteAt(count) & CONTINUATION_MASK) == CONTINUATION) {
      count++;
    }
    return count;
  }
}
