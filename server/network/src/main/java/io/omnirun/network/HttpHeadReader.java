package io.omnirun.network;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads the head of the first request of an HTTP connection. */
final class HttpHeadReader implements Opening.Reader {
  /** As much as servers take. */
  static final int MAX_HEAD_BYTES = 16 * 1024;

  private static final int USUAL_BYTES = 1024;
  private static final byte[] END = "\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);

  private final ByteArrayOutputStream received = new ByteArrayOutputStream(USUAL_BYTES);
  private int matched;

  @Override
  public Opening read(ByteBuffer bytes) {
    while (bytes.hasRemaining()) {
      byte next = bytes.get();
      received.write(next);
      matched = next == END[matched] ? matched + 1 : restart(next);
      if (matched == END.length) {
        return opening(bytes);
      }
      if (received.size() >= MAX_HEAD_BYTES) {
        return new Opening.Malformed("a head that is too long");
      }
    }
    return new Opening.NeedMore();
  }

  private static int restart(byte next) {
    return next == END[0] ? 1 : 0;
  }

  private Opening opening(ByteBuffer rest) {
    try {
      String text = received.toString(StandardCharsets.ISO_8859_1);
      HttpHead head = HttpHead.parse(text.substring(0, text.length() - END.length));
      byte[] forward = head.forward().getBytes(StandardCharsets.ISO_8859_1);
      byte[] all = Arrays.copyOf(forward, forward.length + rest.remaining());
      rest.get(all, forward.length, rest.remaining());
      return new Opening.Complete(head.host(), ByteBuffer.wrap(all));
    } catch (MalformedException e) {
      return new Opening.Malformed(e.problem());
    }
  }
}
