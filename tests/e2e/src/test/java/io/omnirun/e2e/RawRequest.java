package io.omnirun.e2e;

import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.Reply;
import io.omnirun.testkit.server.TestServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/**
 * A request byte by byte, for what no client library lets a test do: to read an answer before the
 * body is sent, or the body of a refused upgrade. Used by one thread.
 */
final class RawRequest implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Socket socket;

  /**
   * Sends the head of a request. The caller closes it.
   *
   * @param headers whole lines, joined by {@code \r\n}
   */
  RawRequest(TestServer server, ApiClient client, String method, String path, String headers)
      throws IOException {
    socket = new Socket(server.url().getHost(), server.url().getPort());
    socket.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
    send(
        """
        %s %s HTTP/1.1\r
        Host: sandbox\r
        X-API-Key: %s\r
        %s\r
        \r
        """
            .formatted(method, path, client.apiKey(), headers)
            .getBytes(StandardCharsets.UTF_8));
  }

  /** Sends a part of the body. */
  void send(byte[] part) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(part);
    out.flush();
  }

  /** Reads an answer that has a length. */
  Reply answer() throws IOException {
    InputStream in = socket.getInputStream();
    int status = Integer.parseInt(line(in).split(" ", 3)[1]);
    String type = "";
    int length = 0;
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      String[] header = line.split(": *", 2);
      switch (header[0].toLowerCase(Locale.ROOT)) {
        case "content-type" -> type = header[1];
        case "content-length" -> length = Integer.parseInt(header[1]);
        default -> {}
      }
    }
    return new Reply(status, type, new String(in.readNBytes(length), StandardCharsets.UTF_8));
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new IOException("the connection ended in a head: " + line);
      }
      line.append((char) next);
    }
    return line.toString().strip();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
