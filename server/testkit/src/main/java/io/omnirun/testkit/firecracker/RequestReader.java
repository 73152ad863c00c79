package io.omnirun.testkit.firecracker;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Reads requests off a connection with micro-http's limits. Used by one thread. */
final class RequestReader {
  static final int MAX_BODY_BYTES = 51_200;
  private static final int MAX_LINE_BYTES = 1024;
  private static final Set<String> METHODS = Set.of("GET", "PUT", "PATCH", "DELETE");

  /**
   * What cannot be read as a request: the answer has {@code error} and no {@code fault_message}.
   */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String reason) {
      super(reason);
    }
  }

  private final SocketChannel channel;
  private final ByteBuffer input = ByteBuffer.allocate(MAX_BODY_BYTES + MAX_LINE_BYTES);

  RequestReader(SocketChannel channel) {
    this.channel = channel;
    input.flip();
  }

  /** The next request; empty when the client has left. */
  Optional<Request> next() throws IOException, Malformed {
    Optional<String> first = line();
    if (first.isEmpty()) {
      return Optional.empty();
    }
    String[] words = first.get().split(" ");
    if (words.length != 3 || !METHODS.contains(words[0]) || !words[2].startsWith("HTTP/1.")) {
      throw new Malformed("Invalid HTTP Method or Version: " + first.get());
    }
    int length = 0;
    for (String header = line().orElse(""); !header.isEmpty(); header = line().orElse("")) {
      String[] parts = header.split(":", 2);
      if (parts[0].toLowerCase(Locale.ROOT).equals("content-length")) {
        length = Integer.parseInt(parts[1].strip());
      }
    }
    if (length > MAX_BODY_BYTES) {
      throw new Malformed(
          "Request payload with size %d is larger than the limit of %d allowed by server."
              .formatted(length, MAX_BODY_BYTES));
    }
    String path = words[1].substring(1);
    return Optional.of(
        new Request(
            words[0], path.isEmpty() ? List.of() : Arrays.asList(path.split("/")), body(length)));
  }

  private Optional<String> line() throws IOException, Malformed {
    StringBuilder line = new StringBuilder();
    while (true) {
      if (!input.hasRemaining() && !fill()) {
        return Optional.empty();
      }
      char next = (char) Byte.toUnsignedInt(input.get());
      if (next == '\n') {
        return Optional.of(line.toString().stripTrailing());
      }
      line.append(next);
      if (line.length() > MAX_LINE_BYTES) {
        throw new Malformed("Invalid request: a line is too long");
      }
    }
  }

  private byte[] body(int length) throws IOException {
    byte[] body = new byte[length];
    for (int at = 0; at < length; at++) {
      if (!input.hasRemaining() && !fill()) {
        throw new IOException("the client left within a body");
      }
      body[at] = input.get();
    }
    return body;
  }

  private boolean fill() throws IOException {
    input.compact();
    int count = channel.read(input);
    input.flip();
    return count > 0;
  }

  /** Whether the client has shut its side: its answer is dropped then. */
  boolean clientHasLeft() throws IOException {
    channel.configureBlocking(false);
    try {
      input.compact();
      int count = channel.read(input);
      input.flip();
      return count < 0;
    } finally {
      channel.configureBlocking(true);
    }
  }

  static byte[] malformedAnswer(Malformed reason) {
    String body =
        "{ \"error\": \"%s\nAll previous unanswered requests will be dropped.\" }"
            .formatted(reason.getMessage());
    return ("HTTP/1.1 400 \r\nServer: Firecracker API\r\nConnection: keep-alive\r\n"
            + "Content-Type: application/json\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body)
        .getBytes(ISO_8859_1);
  }
}
