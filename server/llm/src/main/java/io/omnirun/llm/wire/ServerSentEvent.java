package io.omnirun.llm.wire;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * An event of a stream, as bytes of a buffer that is soon used for others.
 *
 * @param start of its first byte
 * @param end behind its last line end
 */
public record ServerSentEvent(byte[] buffer, int start, int end) {
  private static final byte[] DATA = "data:".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TYPE = "event:".getBytes(StandardCharsets.US_ASCII);

  /** An event of that type with one line of data. */
  public static byte[] text(String type, byte[] data) {
    ByteArrayOutputStream text = new ByteArrayOutputStream(data.length + 32);
    if (!type.isEmpty()) {
      text.writeBytes(("event: " + type + "\n").getBytes(StandardCharsets.UTF_8));
    }
    text.writeBytes("data: ".getBytes(StandardCharsets.US_ASCII));
    text.writeBytes(data);
    text.writeBytes("\n\n".getBytes(StandardCharsets.US_ASCII));
    return text.toByteArray();
  }

  /** What its lines of data hold, joined by line feeds; empty if it has none: a comment, say. */
  public byte[] data() {
    return values(DATA);
  }

  /** Its type; empty if it names none. */
  public String type() {
    return new String(values(TYPE), StandardCharsets.UTF_8);
  }

  private byte[] values(byte[] field) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    boolean first = true;
    for (int line = start; line < end; ) {
      int lineEnd = line;
      while (lineEnd < end && buffer[lineEnd] != '\n' && buffer[lineEnd] != '\r') {
        lineEnd++;
      }
      if (startsWith(field, line, lineEnd)) {
        int from = line + field.length;
        from += from < lineEnd && buffer[from] == ' ' ? 1 : 0;
        if (!first) {
          joined.write('\n');
        }
        joined.write(buffer, from, lineEnd - from);
        first = false;
      }
      line = lineEnd + 1;
    }
    return joined.toByteArray();
  }

  private boolean startsWith(byte[] field, int line, int lineEnd) {
    if (lineEnd - line < field.length) {
      return false;
    }
    for (int i = 0; i < field.length; i++) {
      if (buffer[line + i] != field[i]) {
        return false;
      }
    }
    return true;
  }

  /** A copy of all its bytes. */
  public byte[] bytes() {
    return java.util.Arrays.copyOfRange(buffer, start, end);
  }
}
