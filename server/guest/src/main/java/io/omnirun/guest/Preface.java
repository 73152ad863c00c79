package io.omnirun.guest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What opens every stream to a guest: {@code CONNECT <port>\n}, answered {@code OK <n>\n}. Source:
 * api/link.md.
 */
public final class Preface {
  /** An answer is longer only if it is none. */
  private static final int MAX_ANSWER_BYTES = 32;

  private static final String OK = "OK ";

  private Preface() {}

  /** What the host sends. */
  public static ByteBuffer request(int port) {
    return StandardCharsets.US_ASCII.encode("CONNECT " + port + "\n");
  }

  /** Takes the guest's answer byte by byte. Used by one thread at a time. */
  public static final class Answer {
    private final StringBuilder line = new StringBuilder();

    /**
     * Whether the answer is complete with this byte.
     *
     * @throws IOException if it is not the answer of an agent that has joined the stream to the
     *     port
     */
    public boolean isCompleteWith(byte next) throws IOException {
      if (next == '\n') {
        if (line.indexOf(OK) != 0) {
          throw new IOException("the guest did not open the port");
        }
        return true;
      }
      if (line.length() >= MAX_ANSWER_BYTES) {
        throw new IOException("the guest's answer is too long");
      }
      line.append((char) next);
      return false;
    }
  }
}
