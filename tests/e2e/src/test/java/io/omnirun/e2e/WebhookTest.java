package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.omnirun.testkit.server.Reply;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WebhookTest extends SharedServer {
  private record Received(String event, String delivery, String body) {}

  private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();
  private final AtomicInteger failures = new AtomicInteger();

  @SuppressWarnings("NullAway.Init")
  private HttpServer receiver;

  private String secret = "";
  private String webhook = "";

  @Override
  Map<String, String> settings() {
    return Map.of("webhooks.allow-private", "true");
  }

  @BeforeEach
  void startReceiver() throws IOException {
    receiver = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    receiver.createContext("/", this::receive);
    receiver.start();
    Reply created =
        client()
            .post(
                "/webhooks",
                Map.of(
                    "url",
                    "http://127.0.0.1:" + receiver.getAddress().getPort() + "/hook",
                    "events",
                    List.of(
                        "created",
                        "sandbox.paused",
                        "sandbox.resumed",
                        "sandbox.killed",
                        "sandbox.timeout",
                        "sandbox.failed")))
            .expect(201);
    secret = created.text("secret");
    webhook = created.text("id");
  }

  @AfterEach
  void stopReceiver() {
    client().delete("/webhooks/" + webhook).expect(204);
    receiver.stop(0);
  }

  private void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        exchange.sendResponseHeaders(500, -1);
        return;
      }
      String timestamp = exchange.getRequestHeaders().getFirst("X-OmniRun-Timestamp");
      String signature = exchange.getRequestHeaders().getFirst("X-OmniRun-Signature");
      if (!signature.equals("v1=" + hmac(timestamp + "." + body))) {
        exchange.sendResponseHeaders(403, -1);
        return;
      }
      received.add(
          new Received(
              exchange.getRequestHeaders().getFirst("X-OmniRun-Event"),
              exchange.getRequestHeaders().getFirst("X-OmniRun-Delivery"),
              body));
      exchange.sendResponseHeaders(204, -1);
    }
  }

  private String hmac(String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void receiverThatFailsFirstIsToldOnceOfEachChange() throws Exception {
    failures.set(2);
    String id = client().createSandbox(Map.of("metadata", Map.of("purpose", "test")));
    Received created = next();
    assertThat(created.event()).isEqualTo("sandbox.created");
    JsonNode event = new ObjectMapper().readTree(created.body());
    assertThat(event.path("id").asText()).isEqualTo(created.delivery());
    assertThat(event.path("type").asText()).isEqualTo("sandbox.created");
    assertThat(event.path("sandbox").path("sandboxID").asText()).isEqualTo(id);
    assertThat(event.path("sandbox").path("metadata").path("purpose").asText()).isEqualTo("test");
    assertThat(client().get("/webhooks").json().get(0).path("lastError").asText())
        .contains("status 500");
    client().delete("/sandboxes/" + id).expect(204);
    assertThat(next().event()).isEqualTo("sandbox.killed");
    assertThat(received).isEmpty();
  }

  @Test
  void aPauseAndAResumeAreToldOnceEach() throws Exception {
    String id = client().createSandbox();
    assertThat(next().event()).isEqualTo("sandbox.created");
    for (String state : List.of("paused", "resumed")) {
      client().post("/sandboxes/" + id + (state.equals("paused") ? "/pause" : "/resume"), "");
      Received told = next();
      assertThat(told.event()).isEqualTo("sandbox." + state);
      JsonNode event = new ObjectMapper().readTree(told.body());
      assertThat(event.path("type").asText()).isEqualTo("sandbox." + state);
      assertThat(event.path("sandbox").path("sandboxID").asText()).isEqualTo(id);
    }
    client().post("/sandboxes/" + id + "/resume", "").expect(200);
    client().delete("/sandboxes/" + id).expect(204);
    assertThat(next().event()).as("after a resume of one that runs").isEqualTo("sandbox.killed");
    assertThat(received).isEmpty();
  }

  @Test
  void eventsOutliveAServerThatIsKilledBeforeTheyArrive() throws Exception {
    failures.set(Integer.MAX_VALUE);
    String expiring = client().createSandbox(Map.of("timeout", 3600));
    server().killServer();
    failures.set(0);
    server().startServer();
    assertThat(next().event()).isEqualTo("sandbox.created");
    client().post("/sandboxes/" + expiring + "/timeout", Map.of("timeout", 1)).expect(200);
    Received ended = next();
    assertThat(ended.event()).isEqualTo("sandbox.timeout");
    assertThat(new ObjectMapper().readTree(ended.body()).path("sandbox").path("reason").asText())
        .isEqualTo("timeout");
  }

  private Received next() throws InterruptedException {
    Received event = received.poll(120, TimeUnit.SECONDS);
    assertThat(event).isNotNull();
    return event;
  }
}
