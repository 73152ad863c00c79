package io.omnirun.rest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Decodes one JSON string (RFC 8259 §7) into UTF-8, piece by piece; its opening quote has been
 * taken. Strict: neither control characters, nor broken UTF-8, nor half surrogate pairs. Not
 * thread-safe.
 */
final class JsonText {
  private static final int UNICODE_ESCAPE_DIGITS = 4;
  private static final int HEX = 16;

  private final JsonBytes json;

  /** A character that did not fit or did not come in one piece. */
  private byte[] pending = {};

  private int pendingPosition;
  private boolean ended;

  JsonText(JsonBytes json) {
    this.json = json;
  }

  /**
   * The next bytes of the decoded text, at least one.
   *
   * @return how many; -1 once the closing quote has been taken
   * @throws io.omnirun.http.RefusedBodyException if the string is broken
   */
  int read(byte[] target, int offset, int length) throws IOException {
    int count = 0;
    while (count < length && !ended) {
      count += takePending(target, offset + count, length - count);
      int taken = json.takeText(target, offset + count, length - count);
      count += taken;
      if (taken == 0 && count < length) {
        takeSpecial();
      }
    }
    return count == 0 && ended ? -1 : count;
  }

  /** The whole text, if it has at most so many bytes. */
  String readAll(String field, int maxBytes) throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    byte[] chunk = new byte[256];
    int count = read(chunk, 0, chunk.length);
    while (count >= 0) {
      text.write(chunk, 0, count);
      if (text.size() > maxBytes) {
        throw JsonBytes.malformed("%s is longer than %,d bytes".formatted(field, maxBytes));
      }
      count = read(chunk, 0, chunk.length);
    }
    return text.toString(StandardCharsets.UTF_8);
  }

  private int takePending(byte[] target, int offset, int length) {
    int count = Math.min(length, pending.length - pendingPosition);
    System.arraycopy(pending, pendingPosition, target, offset, count);
    pendingPosition += count;
    return count;
  }

  /** Takes what is not copied as it stands: the closing quote, an escape, a split character. */
  private void takeSpecial() throws IOException {
    int next = json.next();
    switch (next) {
      case JsonBytes.END -> throw JsonBytes.malformed("a string does not end");
      case '"' -> ended = true;
      case '\\' -> setPending(escape());
      default -> setPending(character(next));
    }
  }

  private void setPending(byte[] character) {
    pending = character;
    pendingPosition = 0;
  }

  private byte[] character(int lead) throws IOException {
    if (lead < ' ') {
      throw JsonBytes.malformed("a control character in a string; it must be escaped");
    }
    byte[] bytes = new byte[Utf8.MAX_BYTES];
    bytes[0] = (byte) lead;
    int count = 1;
    int length = Utf8.check(bytes, 0, count);
    while (length == Utf8.INCOMPLETE) {
      int next = json.next();
      if (next == JsonBytes.END) {
        throw JsonBytes.malformed("a string does not end");
      }
      bytes[count] = (byte) next;
      count++;
      length = Utf8.check(bytes, 0, count);
    }
    if (length < 0) {
      throw JsonBytes.malformed("a string is not UTF-8");
    }
    return Arrays.copyOf(bytes, length);
  }

  private byte[] escape() throws IOException {
    int letter = json.next();
    return switch (letter) {
      case '"', '\\', '/' -> new byte[] {(byte) letter};
      case 'b' -> new byte[] {'\b'};
      case 'f' -> new byte[] {'\f'};
      case 'n' -> new byte[] {'\n'};
      case 'r' -> new byte[] {'\r'};
      case 't' -> new byte[] {'\t'};
      case 'u' -> Character.toString(escapedCodePoint()).getBytes(StandardCharsets.UTF_8);
      default -> throw JsonBytes.malformed("an unknown escape in a string");
    };
  }

  private int escapedCodePoint() throws IOException {
    char first = hexDigits();
    if (!Character.isSurrogate(first)) {
      return first;
    }
    boolean another = Character.isHighSurrogate(first) && json.next() == '\\' && json.next() == 'u';
    char second = another ? hexDigits() : first;
    if (!Character.isSurrogatePair(first, second)) {
      throw JsonBytes.malformed("half a surrogate pair in a string");
    }
    return Character.toCodePoint(first, second);
  }

  private char hexDigits() throws IOException {
    int value = 0;
    for (int i = 0; i < UNICODE_ESCAPE_DIGITS; i++) {
      int digit = hexDigit(json.next());
      if (digit < 0) {
        throw JsonBytes.malformed("an escape in a string wants four hexadecimal digits");
      }
      value = value * HEX + digit;
    }
    return (char) value;
  }

  /** ASCII digits alone: {@code Character.digit} would take those of other scripts, too. */
  private static int hexDigit(int character) {
    return character >= 0 && character < 0x80 ? Character.digit(character, HEX) : -1;
  }
}
