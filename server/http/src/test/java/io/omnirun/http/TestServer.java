package io.omnirun.http;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** A server over a router, and a well-behaved client. */
final class TestServer implements AutoCloseable {
  static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(30);

  private final HttpServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  TestServer(Router router) {
    this(router, HttpServerConfig.DEFAULT_IDLE_TIMEOUT, DRAIN_TIMEOUT);
  }

  TestServer(Router router, Duration idleTimeout, Duration drainTimeout) {
    server =
        HttpServer.start(
            new HttpServerConfig("127.0.0.1", 0, 64, idleTimeout, drainTimeout), router);
  }

  int port() {
    return server.port();
  }

  HttpResponse<String> send(String method, String path) throws Exception {
    return send(HttpRequest.newBuilder(uri(path)).method(method, BodyPublishers.noBody()).build());
  }

  HttpResponse<String> post(String path, String body) throws Exception {
    return send(
        HttpRequest.newBuilder(uri(path))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build());
  }

  HttpResponse<String> send(HttpRequest request) throws Exception {
    return client.send(request, BodyHandlers.ofString());
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port() + path);
  }

  RawConnection connect() throws Exception {
    return new RawConnection(port());
  }

  void closeServer() {
    server.close();
  }

  @Override
  public void close() {
    server.close();
    client.close();
  }
}
