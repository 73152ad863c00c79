package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.omnirun.testkit.server.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Guests' servers under their host names, in browsers' words. */
class PreviewTest extends SharedServer {
  private static final int PORT = 8_000;
  private static final int UPLOAD_BYTES = 4 * 1024 * 1024;

  /** An emulated guest on a loaded host takes its time to start Python. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** Events, uploads and a WebSocket's handshake with an echo of raw bytes behind it. */
  private static final String SERVER =
      """
      import base64, hashlib, http.server
      class Handler(http.server.BaseHTTPRequestHandler):
          protocol_version = "HTTP/1.1"
          def do_GET(self):
              if self.headers.get("Upgrade") == "websocket":
                  key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
                  self.send_response(101)
                  self.send_header("Connection", "Upgrade")
                  self.send_header("Upgrade", "websocket")
                  accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
                  self.send_header("Sec-WebSocket-Accept", accept)
                  self.end_headers()
                  self.wfile.write(self.rfile.read(5))
                  self.wfile.flush()
                  self.close_connection = True
              elif self.path == "/events":
                  self.send_response(200)
                  self.send_header("Content-Type", "text/event-stream")
                  self.send_header("Connection", "close")
                  self.end_headers()
                  self.wfile.write(b"data: first\\n\\n")
                  self.wfile.flush()
                  self.connection.recv(1)
              else:
                  body = ("hello from " + self.headers["Host"]).encode()
                  self.answer(body)
          def do_POST(self):
              body = self.rfile.read(int(self.headers["Content-Length"]))
              self.answer(hashlib.sha256(body).hexdigest().encode())
          def answer(self, body):
              self.send_response(200)
              self.send_header("Content-Length", str(len(body)))
              self.end_headers()
              self.wfile.write(body)
      http.server.ThreadingHTTPServer(("127.0.0.1", 8000), Handler).serve_forever()
      """;

  /** A connection to the server, as a browser has one. */
  private static final class Browser implements AutoCloseable {
    private static final int PATIENCE_MS = 120_000;
    private final Socket socket;

    Browser(int port) throws IOException {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(PATIENCE_MS);
    }

    OutputStream output() throws IOException {
      return socket.getOutputStream();
    }

    String get(String host, String path, String headers) throws IOException {
      output()
          .write(
              "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n"
                  .formatted(path, host, headers)
                  .getBytes(StandardCharsets.US_ASCII));
      return readUntil("\r\n\r\n");
    }

    String readUntil(String text) throws IOException {
      InputStream input = socket.getInputStream();
      StringBuilder read = new StringBuilder();
      while (read.indexOf(text) < 0) {
        int next = input.read();
        if (next < 0) {
          throw new IOException("the server closed after " + read);
        }
        read.append((char) next);
      }
      return read.toString();
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private Browser browser() throws IOException {
    return new Browser(server().url().getPort());
  }

  private static String host(String id) {
    return id + "-" + PORT + ".localhost";
  }

  private String head(String host, String headers) throws IOException {
    try (Browser browser = browser()) {
      return browser.get(host, "/", headers);
    }
  }

  private void serve(String id) {
    client().writeFile(id, "/tmp/server.py", SERVER).expect(200);
    client().run(id, Map.of("command", "python3 /tmp/server.py", "background", true)).expect(200);
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(head(host(id), token)).contains(" 200 "));
  }

  private String token = "";

  /** One sandbox for all that an open one shows. */
  @Test
  void aPortIsSeenByTheSandboxsNameAsLongAsItLives() throws Exception {
    String id = client().createSandbox();
    assertThat(head(host(id), "Accept: text/html\r\n")).startsWith("HTTP/1.1 502 ");
    serve(id);
    try (Browser browser = browser()) {
      browser.get(host(id), "/", "");
      browser.readUntil("hello from " + host(id));
      browser.get("8000-" + id.replace("_", "") + ".LOCALHOST.", "/", "");
      browser.readUntil("hello from " + host(id));
      upload(browser, id);
    }
    try (Browser browser = browser()) {
      browser.get(host(id), "/events", "");
      browser.readUntil("data: first");
    }
    webSocket(id);
    assertThat(head(id + "-49983.localhost", "")).startsWith("HTTP/1.1 404 ");
    assertThat(head(id + "-49980.localhost", "")).startsWith("HTTP/1.1 404 ");
    client().post("/sandboxes/" + id + "/pause", "").expect(200);
    assertThat(head(host(id), "")).startsWith("HTTP/1.1 503 ").contains("Retry-After");
    client().post("/sandboxes/" + id + "/resume", "").expect(200);
    assertThat(head(host(id), "")).startsWith("HTTP/1.1 200 ");
    client().delete("/sandboxes/" + id).expect(204);
    assertThat(head(host(id), "")).startsWith("HTTP/1.1 404 ");
  }

  private static void upload(Browser browser, String id) throws Exception {
    byte[] body = new byte[UPLOAD_BYTES];
    new java.util.Random(1).nextBytes(body);
    String digest =
        java.util.HexFormat.of()
            .formatHex(java.security.MessageDigest.getInstance("SHA-256").digest(body));
    browser
        .output()
        .write(
            "POST / HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n\r\n"
                .formatted(host(id), body.length)
                .getBytes(StandardCharsets.US_ASCII));
    browser.output().write(body);
    assertThat(browser.readUntil(digest)).startsWith("HTTP/1.1 200 ");
  }

  private void webSocket(String id) throws IOException {
    try (Browser browser = browser()) {
      String agreed =
          browser.get(
              host(id),
              "/",
              "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                  + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
      assertThat(agreed).startsWith("HTTP/1.1 101 ").contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
      browser.output().write("frame".getBytes(StandardCharsets.US_ASCII));
      browser.readUntil("frame");
    }
  }

  @Test
  void aSecureSandboxWithoutANetworkIsSeenWithItsTokenAlone() throws Exception {
    Reply made =
        client().post("/sandboxes", Map.of("template", "base", "secure", true)).expect(201);
    String id = made.text("sandboxID");
    assertThat(head(host(id), "")).startsWith("HTTP/1.1 403 ");
    token = "e2b-traffic-access-token: " + made.text("trafficToken") + "\r\n";
    serve(id);
    try (Browser browser = browser()) {
      browser.get(host(id), "/", token);
      browser.readUntil("hello from " + host(id));
    }
    assertThat(head(host(id), "")).startsWith("HTTP/1.1 403 ");
    client().delete("/sandboxes/" + id).expect(204);
  }
}
