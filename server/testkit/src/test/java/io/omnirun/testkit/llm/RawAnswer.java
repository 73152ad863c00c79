package io.omnirun.testkit.llm;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What came back over a connection until its end, as text.
 *
 * @param whole everything, with the sizes of chunks
 */
record RawAnswer(String whole) {
  static RawAnswer of(FakeModelProvider provider, String path, String json) throws IOException {
    try (Socket socket = send(provider, path, json)) {
      socket.shutdownOutput();
      return new RawAnswer(
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  /** Sends a request; the caller closes the connection. */
  static Socket send(FakeModelProvider provider, String path, String json) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), provider.port());
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    String head =
        "POST %s HTTP/1.1\r\nHost: fake\r\nAuthorization: Bearer key\r\nContent-Length: %d\r\n\r\n"
            .formatted(path, body.length);
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().write(body);
    return socket;
  }

  String statusLine() {
    return whole.lines().findFirst().orElse("");
  }

  String body() {
    return whole.substring(whole.indexOf("\r\n\r\n") + 4);
  }

  /** The events' data. */
  List<String> data() {
    return whole
        .lines()
        .filter(line -> line.startsWith("data: "))
        .map(line -> line.substring("data: ".length()))
        .toList();
  }
}
