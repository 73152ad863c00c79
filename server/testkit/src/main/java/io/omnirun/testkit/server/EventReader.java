package io.omnirun.testkit.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/**
 * Reads server-sent events off a socket as they come, and nothing that it is not asked for: one
 * that is not read is a client that does not read. Used by one thread.
 */
public final class EventReader implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String DATA = "data: ";
  private static final int PATIENCE_MS = 120_000;

  private final Socket socket;
  private final InputStream input;
  private int leftOfChunk;
  private boolean over;

  private EventReader(Socket socket) throws IOException {
    this.socket = socket;
    this.input = new BufferedInputStream(socket.getInputStream(), 1024);
  }

  /** Opens a stream, which must be answered 200. The caller closes it. */
  public static EventReader open(TestServer server, ApiClient client, String path)
      throws IOException {
    return open(server, client, "GET " + path, "");
  }

  /** The same for one that is asked for with a body. */
  public static EventReader post(TestServer server, ApiClient client, String path, String json)
      throws IOException {
    return open(server, client, "POST " + path, json);
  }

  private static EventReader open(
      TestServer server, ApiClient client, String operation, String body) throws IOException {
    URI url = server.url();
    Socket socket = new Socket();
    socket.setReceiveBufferSize(8 * 1024);
    socket.setSoTimeout(PATIENCE_MS);
    socket.connect(new InetSocketAddress(url.getHost(), url.getPort()));
    byte[] content = body.getBytes(StandardCharsets.UTF_8);
    String request =
        "%s HTTP/1.1\r\nHost: %s\r\nX-API-Key: %s\r\nAccept: text/event-stream\r\n"
            .formatted(operation, url.getAuthority(), client.apiKey());
    String type = "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n";
    socket
        .getOutputStream()
        .write((request + type.formatted(content.length)).getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().write(content);
    EventReader reader = new EventReader(socket);
    String status = reader.line();
    if (!status.startsWith("HTTP/1.1 200 ")) {
      throw new IOException(status);
    }
    while (!reader.line().isEmpty()) {
      // The other headers.
    }
    return reader;
  }

  /**
   * The next event, comments left out.
   *
   * @throws IOException if the stream is over
   */
  public JsonNode next() throws IOException {
    while (true) {
      String line = bodyLine();
      if (line.startsWith(DATA)) {
        return JSON.readTree(line.substring(DATA.length()));
      }
    }
  }

  /** Whether nothing more comes, and the server has said so. */
  public boolean isProperlyOver() throws IOException {
    try {
      return over || bodyByte() < 0 || bodyByte() < 0;
    } catch (EOFException cut) {
      return false;
    }
  }

  private String bodyLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = bodyByte(); next != '\n'; next = bodyByte()) {
      if (next < 0) {
        throw new EOFException("the stream has ended");
      }
      line.write(next);
    }
    return line.toString(StandardCharsets.UTF_8);
  }

  private int bodyByte() throws IOException {
    if (leftOfChunk == 0 && !over) {
      String size = line();
      leftOfChunk = Integer.parseInt(size.isEmpty() ? line() : size, 16);
      over = leftOfChunk == 0;
    }
    if (over) {
      return -1;
    }
    leftOfChunk--;
    return requireByte();
  }

  private int requireByte() throws IOException {
    int next = input.read();
    if (next < 0) {
      throw new EOFException("the connection was cut");
    }
    return next;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = requireByte(); next != '\n'; next = requireByte()) {
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
