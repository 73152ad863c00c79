package io.omnirun.guest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What opens every stream to a guest: {@code CONNECT <port>\n}, answered {@code OK <n>\n}. Source:
 * api/link.md.
 */
public final class Preface {
  /** The contract's bound of a whole answer: what is longer is none. */
  private static final int MAX_ANSWER_BYTES = 32;

  private static final String OK = "OK ";

  private Preface() {}

  /** What the host sends. */
  public static ByteBuffer request(int port) {
    return StandardCharsets.US_ASCII.encode("CONNECT " + port + "\n");
  }

  /**
   * Takes the guest's answer byte by byte, for what follows it belongs to the service. Used by one
   * thread at a time.
   */
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
        return requireOk();
      }
      line.append((char) Byte.toUnsignedInt(next));
      if (line.length() >= MAX_ANSWER_BYTES) {
        throw new IOException("the guest's answer is longer than " + MAX_ANSWER_BYTES + " bytes");
      }
      return false;
    }

    private boolean requireOk() throws IOException {
      boolean isOk =
          line.length() > OK.length()
              && line.indexOf(OK) == 0
              && line.chars().skip(OK.length()).allMatch(digit -> digit >= '0' && digit <= '9');
      if (!isOk) {
        throw new IOException("the guest did not answer OK");
      }
      return true;
    }
  }
}
