package io.omnirun.rest;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Turns a stream of bytes into text piece by piece, never within a character: the beginning of one
 * is held until the rest has come. U+FFFD stands for what is not UTF-8. Used by one thread.
 */
final class TextPieces {
  private static final int CONTINUATION_MASK = 0xC0;
  private static final int CONTINUATION = 0x80;

  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private ByteBuffer held = ByteBuffer.allocate(0);

  /**
   * The text of the next bytes.
   *
   * @param afterLoss bytes before these are missing: halves of characters at the gap are left out,
   *     for nobody has printed anything wrong there
   */
  String next(ByteBuffer bytes, boolean afterLoss) {
    if (afterLoss) {
      held = ByteBuffer.allocate(0);
      skipRestOfCharacter(bytes);
    }
    ByteBuffer input = joined(bytes);
    CharBuffer text = CharBuffer.allocate(input.remaining());
    decoder.reset().decode(input, text, false);
    held = ByteBuffer.allocate(input.remaining()).put(input).flip();
    return text.flip().toString();
  }

  private ByteBuffer joined(ByteBuffer bytes) {
    return held.hasRemaining()
        ? ByteBuffer.allocate(held.remaining() + bytes.remaining()).put(held).put(bytes).flip()
        : bytes;
  }

  private static void skipRestOfCharacter(ByteBuffer bytes) {
    int limit = Math.min(bytes.limit(), bytes.position() + Utf8.MAX_BYTES - 1);
    while (bytes.position() < limit
        && (bytes.get(bytes.position()) & CONTINUATION_MASK) == CONTINUATION) {
      bytes.position(bytes.position() + 1);
    }
  }

  /** What stands for bytes that are still held when no more come. */
  String rest() {
    String rest = held.hasRemaining() ? "\uFFFD" : "";
    held = ByteBuffer.allocate(0);
    return rest;
  }
}
