package io.omnirun.guest;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/**
 * What opens every stream: {@code CONNECT <port>\n}. A guest answers it with {@code OK <n>\n}, the
 * host with nothing. Source: api/link.md.
 */
public final class Preface {
  /** The contract's bound of a whole answer: what is longer is none. */
  private static final int MAX_ANSWER_BYTES = 32;

  /** And of a whole request. */
  private static final int MAX_REQUEST_BYTES = 32;

  private static final String OK = "OK ";
  private static final String CONNECT = "CONNECT ";

  /** Of TCP and of what the host names so; larger ones no guest can mean. */
  private static final int MAX_PORT_DIGITS = 5;

  private Preface() {}

  /** What the host sends. */
  public static ByteBuffer request(int port) {
    return StandardCharsets.US_ASCII.encode("CONNECT " + port + "\n");
  }

  private static boolean areDigits(CharSequence text) {
    return text.chars().allMatch(digit -> digit >= '0' && digit <= '9');
  }

  /**
   * Takes what a guest sends on a stream that it has opened byte by byte, for what follows belongs
   * to the service. Used by one thread at a time.
   */
  static final class Request {
    private final StringBuilder line = new StringBuilder();

    /**
     * The port, if the request is complete with this byte.
     *
     * @throws IOException if it names none
     */
    OptionalInt portWith(byte next) throws IOException {
      if (next == '\n') {
        return OptionalInt.of(port());
      }
      line.append((char) Byte.toUnsignedInt(next));
      if (line.length() >= MAX_REQUEST_BYTES) {
        throw new IOException("the guest's preface is longer than " + MAX_REQUEST_BYTES + " bytes");
      }
      return OptionalInt.empty();
    }

    private int port() throws IOException {
      int digits = line.length() - CONNECT.length();
      boolean isRequest =
          line.indexOf(CONNECT) == 0
              && digits >= 1
              && digits <= MAX_PORT_DIGITS
              && areDigits(line.subSequence(CONNECT.length(), line.length()));
      if (!isRequest) {
        throw new IOException("the guest's preface names no port");
      }
      return Integer.parseInt(line.substring(CONNECT.length()));
    }
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
              && areDigits(line.subSequence(OK.length(), line.length()));
      if (!isOk) {
        throw new IOException("the guest did not answer OK");
      }
      return true;
    }
  }
}
