package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ExposuresTest extends SharedServer {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int PORT = 8_000;
  private static final int OTHER_PORT = 8_001;

  /** An emulated guest on a loaded host takes its time to start Python. */
  private static final int PATIENCE_S = 120;

  private final BlockingQueue<JsonNode> told = new LinkedBlockingQueue<>();

  /**
   * An event comes at least once: one whose answer a killed server had not written down yet comes
   * again from the next, under the same id, and a receiver keeps the ids it has handled.
   */
  private final Set<String> handled = ConcurrentHashMap.newKeySet();

  @SuppressWarnings("NullAway.Init")
  private HttpServer receiver;

  @Override
  Map<String, String> settings() {
    return Map.of("webhooks.allow-private", "true");
  }

  @BeforeEach
  void startReceiver() throws IOException {
    receiver = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    receiver.createContext("/", this::receive);
    receiver.start();
    String url = "http://127.0.0.1:" + receiver.getAddress().getPort();
    client().post("/webhooks", Map.of("url", url, "events", List.of("exposure.ready"))).expect(201);
  }

  private void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      JsonNode event = MAPPER.readTree(exchange.getRequestBody());
      if (handled.add(event.path("id").asText())) {
        told.add(event);
      }
      exchange.sendResponseHeaders(204, -1);
    }
  }

  @AfterEach
  void stopReceiver() {
    receiver.stop(0);
  }

  /** One sandbox for all: what is seen here needs a guest, the rest unit tests see. */
  @Test
  void anExposureGetsReadyWhenSomethingListensWhateverItsSandboxAndServerGoThrough()
      throws Exception {
    String id = client().createSandbox();
    String exposures = "/sandboxes/" + id + "/exposures";
    JsonNode first = expose(exposures, PORT);
    assertThat(first.path("status").asText()).isEqualTo("pending");
    assertThat(first.path("url").asText())
        .isEqualTo(
            "http://%s:%d/".formatted(first.path("hostname").asText(), server().url().getPort()));

    client().post("/sandboxes/" + id + "/pause", "").expect(200);
    server().killServer();
    server().startServer();
    assertThat(status(exposures, first)).isEqualTo("pending");
    client().post("/sandboxes/" + id + "/resume", "").expect(200);
    listen(id, PORT);
    assertTold(first);
    assertThat(status(exposures, first)).isEqualTo("ready");

    JsonNode second = expose(exposures, OTHER_PORT);
    assertThat(status(exposures, second)).isEqualTo("pending");
    server().killServer();
    server().startServer();
    listen(id, OTHER_PORT);
    assertTold(second);
    assertThat(status(exposures, first)).isEqualTo("ready");

    client().delete("/sandboxes/" + id).expect(204);
    assertThat(status(exposures, first)).isEqualTo("sandbox_stopped");
    assertThat(client().get(exposures).expect(200).json().findValuesAsText("status"))
        .containsExactly("sandbox_stopped", "sandbox_stopped");
    assertThat(told).as("each is told once").isEmpty();
  }

  private void listen(String id, int port) {
    client()
        .run(id, Map.of("command", "python3 -m http.server " + port, "background", true))
        .expect(200);
  }

  private void assertTold(JsonNode exposure) throws InterruptedException {
    JsonNode event = told.poll(PATIENCE_S, TimeUnit.SECONDS);
    assertThat(event).isNotNull();
    assertThat(event.path("type").asText()).isEqualTo("exposure.ready");
    assertThat(event.path("exposure").path("id")).isEqualTo(exposure.path("id"));
    assertThat(event.path("exposure").path("url")).isEqualTo(exposure.path("url"));
  }

  private JsonNode expose(String exposures, int port) {
    return client().post(exposures, Map.of("port", port)).expect(201).json();
  }

  private String status(String exposures, JsonNode exposure) {
    return client().get(exposures + "/" + exposure.path("id").asText()).expect(200).text("status");
  }
}
