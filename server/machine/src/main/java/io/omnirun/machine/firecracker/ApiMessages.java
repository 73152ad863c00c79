package io.omnirun.machine.firecracker;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * HTTP as Firecracker's server, micro-http, reads and writes it: lengths and no chunks, no reason
 * phrase, and no length where there is no body. The client's side must stay open until the answer
 * is there, which is dropped otherwise.
 */
final class ApiMessages {
  /**
   * Firecracker's own answers have a few hundred bytes; the configuration of a machine some KiB.
   */
  private static final int MAX_BODY_BYTES = 1024 * 1024;

  private static final int MAX_HEAD_BYTES = 8 * 1024;
  private static final String HEAD_END = "\r\n\r\n";
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([0-9]{3})\\b.*");
  private static final Pattern LENGTH = Pattern.compile("content-length: *([0-9]{1,9})");

  private ApiMessages() {}

  static byte[] request(String method, String path, String body) {
    byte[] content = body.getBytes(UTF_8);
    String head =
        content.length == 0
            ? "%s %s HTTP/1.1\r\n\r\n".formatted(method, path)
            : "%s %s HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                .formatted(method, path, content.length);
    byte[] start = head.getBytes(US_ASCII);
    return ByteBuffer.allocate(start.length + content.length).put(start).put(content).array();
  }

  /** Writes a request and reads its answer; what is left of the connection is the caller's. */
  static ApiAnswer exchange(SocketChannel channel, byte[] request) throws IOException {
    try {
      write(channel, request);
    } catch (IOException unread) {
      return answerToNoRequest(channel, unread);
    }
    return read(channel);
  }

  private static void write(SocketChannel channel, byte[] request) throws IOException {
    ByteBuffer outward = ByteBuffer.wrap(request);
    while (outward.hasRemaining()) {
      channel.write(outward);
    }
  }

  /** One connection too many is answered and closed before anything is asked on it. */
  private static ApiAnswer answerToNoRequest(SocketChannel channel, IOException unread)
      throws IOException {
    try {
      return read(channel);
    } catch (IOException e) {
      unread.addSuppressed(e);
      throw unread;
    }
  }

  private static ApiAnswer read(SocketChannel channel) throws IOException {
    String head = readHead(channel);
    Matcher status = STATUS.matcher(head.lines().findFirst().orElse(""));
    if (!status.matches()) {
      throw new IOException("Firecracker did not answer in HTTP");
    }
    return new ApiAnswer(Integer.parseInt(status.group(1)), readBody(channel, length(head)));
  }

  private static String readHead(SocketChannel channel) throws IOException {
    StringBuilder head = new StringBuilder();
    ByteBuffer next = ByteBuffer.allocate(1);
    while (head.indexOf(HEAD_END, Math.max(0, head.length() - HEAD_END.length())) < 0) {
      if (channel.read(next.clear()) < 0) {
        throw new EOFException("Firecracker closed the connection without an answer");
      }
      head.append((char) Byte.toUnsignedInt(next.get(0)));
      if (head.length() > MAX_HEAD_BYTES) {
        throw new IOException("Firecracker's answer has no end of its head");
      }
    }
    return head.toString();
  }

  private static int length(String head) throws IOException {
    Matcher length = LENGTH.matcher(head.toLowerCase(Locale.ROOT));
    int found = length.find() ? Integer.parseInt(length.group(1)) : 0;
    if (found > MAX_BODY_BYTES) {
      throw new IOException("Firecracker's answer is %d bytes long".formatted(found));
    }
    return found;
  }

  private static String readBody(SocketChannel channel, int length) throws IOException {
    ByteBuffer body = ByteBuffer.allocate(length);
    while (body.hasRemaining()) {
      if (channel.read(body) < 0) {
        throw new EOFException("Firecracker closed the connection within its answer");
      }
    }
    return new String(body.array(), UTF_8);
  }
}
