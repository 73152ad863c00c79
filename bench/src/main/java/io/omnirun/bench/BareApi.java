package io.omnirun.bench;

import io.omnirun.testkit.server.ApiClient;
import io.omnirun.testkit.server.TestServer;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/**
 * The public API over one blocking socket and nothing else: what is measured of a server is then
 * the server. The JDK's client hands every answer through several threads, which costs milliseconds
 * when its code has gone cold between two requests. Used by one thread.
 */
final class BareApi implements AutoCloseable {
  /** After so many requests the JVM has compiled for good what every request goes through. */
  static final int WARMING_REQUESTS = 20_000;

  /** A server that does not answer for so long fails the benchmark. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final String NOBODYS_SANDBOX = "sb_00000000000000000000";
  private static final String LENGTH = "content-length:";

  private final Socket socket = new Socket();
  private final InputStream input;
  private final String headers;

  private record Answer(String status, String body) {}

  private BareApi(URI server, String apiKey) {
    headers =
        "Host: %s\r\nX-API-Key: %s\r\nContent-Type: application/json\r\n"
            .formatted(server.getAuthority(), apiKey);
    try {
      socket.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
      socket.setTcpNoDelay(true);
      socket.connect(new InetSocketAddress(server.getHost(), server.getPort()));
      input = new BufferedInputStream(socket.getInputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Connects to a server and brings it to where one is that has run for a day: with commands for a
   * sandbox that is not there. What no such request reaches (guests, the launcher, VMMs) stays as
   * cold as it is. The caller closes it.
   */
  static BareApi ofWarmServer(TestServer server, ApiClient account) {
    BareApi api = new BareApi(server.url(), account.apiKey());
    for (int i = 0; i < WARMING_REQUESTS; i++) {
      api.exchange(
          "POST", "/sandboxes/" + NOBODYS_SANDBOX + "/commands", "{\"command\":\"true\"}", 404);
    }
    return api;
  }

  /** The id of a new sandbox of a template. */
  String create(String template) {
    return createOf("{\"template\":\"" + template + "\"}");
  }

  /** The same for an hour: longer than a template's own time-out. */
  String createForAnHour(String template) {
    return createOf("{\"template\":\"" + template + "\",\"timeout\":3600}");
  }

  /** The same with the credentials of the account's vault. */
  String createWithVault(String template) {
    return createOf("{\"template\":\"" + template + "\",\"vaultInject\":true}");
  }

  /** The same with a link to everything. */
  String createWithInternet(String template) {
    return createOf("{\"template\":\"" + template + "\",\"internet\":true}");
  }

  private String createOf(String body) {
    String sandbox = exchange("POST", "/sandboxes", body, 201);
    String field = "\"sandboxID\":\"";
    int start = sandbox.indexOf(field) + field.length();
    return sandbox.substring(start, sandbox.indexOf('"', start));
  }

  /** The result of a command that needs no escaping. */
  String run(String id, String command) {
    return exchange(
        "POST", "/sandboxes/" + id + "/commands", "{\"command\":\"" + command + "\"}", 200);
  }

  void pause(String id) {
    exchange("POST", "/sandboxes/" + id + "/pause", "", 200);
  }

  void resume(String id) {
    exchange("POST", "/sandboxes/" + id + "/resume", "", 200);
  }

  /** Starts a command in the background and returns its path. */
  String start(String id, String command) {
    String commands = "/sandboxes/" + id + "/commands";
    String started =
        exchange("POST", commands, "{\"command\":\"" + command + "\",\"background\":true}", 200);
    return commands + "/" + started.replaceAll("\\D", "");
  }

  /** Writes a line that needs no escaping to a command. */
  void type(String command, String line) {
    exchange("POST", command + "/stdin", "{\"data\":\"" + line + "\\n\"}", 200);
  }

  void kill(String id) {
    exchange("DELETE", "/sandboxes/" + id, "", 204);
  }

  private String exchange(String method, String path, String json, int expectedStatus) {
    String request =
        "%s %s HTTP/1.1\r\n%sContent-Length: %d\r\n\r\n%s"
            .formatted(method, path, headers, json.length(), json);
    try {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      Answer answer = readAnswer();
      if (!answer.status().startsWith("HTTP/1.1 " + expectedStatus + " ")) {
        throw new IOException(answer.toString());
      }
      return answer.body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All answers to these requests state their length, or have none. */
  private Answer readAnswer() throws IOException {
    String status = readLine();
    int length = 0;
    for (String line = readLine(); !line.isEmpty(); line = readLine()) {
      if (line.toLowerCase(Locale.ROOT).startsWith(LENGTH)) {
        length = Integer.parseInt(line.substring(LENGTH.length()).strip());
      }
    }
    return new Answer(status, new String(input.readNBytes(length), StandardCharsets.UTF_8));
  }

  private String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = input.read(); next != '\n'; next = input.read()) {
      if (next < 0) {
        throw new IOException("the server hung up");
      }
      if (next != '\r') {
        line.append((char) next);
      }
    }
    return line.toString();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
