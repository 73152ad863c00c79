package io.omnirun.gateway;

import io.omnirun.core.PreviewTarget;
import io.omnirun.http.HttpServer;
import io.omnirun.http.HttpServerConfig;
import io.omnirun.http.HttpStatuses;
import io.omnirun.http.Router;
import io.omnirun.model.PreviewName;
import io.omnirun.model.SandboxId;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;

/** A server with a gateway in front of an API of one route, and a sandbox behind it. */
final class GatewayFixture implements Closeable {
  static final int PORT = 3000;

  final FakeDirectory directory = new FakeDirectory();
  final SandboxId sandbox = SandboxId.random();
  final PreviewName name = new PreviewName.SandboxPort(sandbox, PORT);
  final StandInGuest guest;
  private final Gateway gateway;
  private final HttpServer server;

  GatewayFixture() throws IOException {
    this(GatewaySettings.of("localhost", false));
  }

  /** One whose patience ends behind clients alone of whom nothing is seen. */
  static GatewayFixture impatientWithTheUnseen(Duration silence) throws IOException {
    return new GatewayFixture(
        new GatewaySettings(
            "localhost",
            false,
            GatewaySettings.DEFAULT_SILENCE,
            silence,
            GatewaySettings.DEFAULT_TUNNEL_SILENCE));
  }

  /** One that is less patient than usual. */
  static GatewayFixture impatient(Duration silence) throws IOException {
    return new GatewayFixture(new GatewaySettings("localhost", false, silence, silence, silence));
  }

  GatewayFixture(GatewaySettings settings) throws IOException {
    guest = StandInGuest.answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    directory.put(name, FakeDirectory.target(sandbox, PORT), guest::dial);
    gateway = new Gateway(directory, settings);
    Router router =
        new Router()
            .add(
                "GET",
                "/api",
                exchange -> exchange.json(HttpStatuses.OK, json -> json.writeString("the API")));
    server =
        HttpServer.start(
            HttpServerConfig.at("127.0.0.1", 0), router, gateway, (method, route, status) -> {});
  }

  PreviewTarget target() {
    return directory.find(name);
  }

  int port() {
    return server.port();
  }

  /** The sandbox's own host name. */
  String host() {
    return sandbox.value() + "-" + PORT + ".localhost";
  }

  RawClient client() throws IOException {
    return new RawClient(port());
  }

  /** A request to the sandbox with more headers. */
  String get(String path, String headers) {
    return "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n".formatted(path, host(), headers);
  }

  @Override
  public void close() throws IOException {
    gateway.close();
    guest.close();
    server.close();
  }
}
