package io.omnirun.webhooks;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.SSLContext;

/** A real HTTP server that remembers what it is sent. */
final class Receiver implements AutoCloseable {
  /** What it does with a request beside remembering it. */
  @FunctionalInterface
  interface Answer {
    void give(HttpExchange exchange) throws IOException;
  }

  /** A request as it came. */
  record Received(String event, String delivery, String timestamp, String signature, String body) {}

  final BlockingQueue<Received> received = new LinkedBlockingQueue<>();
  private final HttpServer server;

  Receiver(Answer answer) throws IOException {
    this(answer, HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0));
  }

  /** One that speaks TLS. */
  static Receiver overTls(Answer answer, SSLContext identity) throws IOException {
    HttpsServer server = HttpsServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(identity));
    return new Receiver(answer, server);
  }

  private Receiver(Answer answer, HttpServer server) {
    this.server = server;
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            String body =
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            received.add(
                new Received(
                    header(exchange, "X-OmniRun-Event"),
                    header(exchange, "X-OmniRun-Delivery"),
                    header(exchange, "X-OmniRun-Timestamp"),
                    header(exchange, "X-OmniRun-Signature"),
                    body));
            answer.give(exchange);
          }
        });
    server.start();
  }

  static Answer status(int status) {
    return exchange -> exchange.sendResponseHeaders(status, -1);
  }

  private static String header(HttpExchange exchange, String name) {
    return String.valueOf(exchange.getRequestHeaders().getFirst(name));
  }

  String url(String host) {
    String scheme = server instanceof HttpsServer ? "https://" : "http://";
    return scheme + host + ":" + server.getAddress().getPort() + "/hook";
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
