package io.omnirun.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.omnirun.testkit.server.EventReader;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Sandboxes end when nobody uses them; looking at the history is no use of a sandbox. */
class IdleSandboxTest extends SharedServer {
  @Override
  Map<String, String> settings() {
    return Map.of("limits.idle-seconds", "5");
  }

  @Test
  void unusedSandboxEndsWhileOneWithAnOpenStreamAndAPermanentOneLive() throws Exception {
    String permanent = client().createSandbox(Map.of("timeout", 0));
    String streamed = client().createSandbox(Map.of("timeout", 3600));
    int pid =
        client()
            .run(streamed, Map.of("command", "sleep 1000", "background", true))
            .json()
            .path("pid")
            .asInt();
    try (EventReader stream =
        EventReader.open(
            server(), client(), "/sandboxes/" + streamed + "/commands/" + pid + "/stream")) {
      String unused = client().createSandbox(Map.of("timeout", 3600));
      assertThat(awaitEnd(unused).path("reason").asText()).isEqualTo("idle");
      assertThat(ended(streamed)).isEmpty();
    }
    assertThat(awaitEnd(streamed).path("reason").asText()).isEqualTo("idle");
    assertThat(client().output(permanent, "echo alive")).isEqualTo("alive");
    client().delete("/sandboxes/" + permanent).expect(204);
  }

  @Test
  void sandboxWhoseCommandIsAskedAfterLives() {
    String polled = client().createSandbox(Map.of("timeout", 3600));
    int pid =
        client()
            .run(polled, Map.of("command", "sleep 1000", "background", true))
            .json()
            .path("pid")
            .asInt();
    String witness = client().createSandbox(Map.of("timeout", 3600));
    Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(500, TimeUnit.MILLISECONDS)
        .until(
            () -> {
              client().get("/sandboxes/" + polled + "/commands/" + pid).expect(200);
              return ended(witness).isPresent();
            });
    awaitEnd(polled);
  }

  private JsonNode awaitEnd(String id) {
    return Awaitility.await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> ended(id), Optional::isPresent)
        .orElseThrow();
  }

  private Optional<JsonNode> ended(String id) {
    for (JsonNode ended : client().get("/sandboxes/history?limit=200").expect(200).json()) {
      if (ended.path("sandboxID").asText().equals(id)) {
        return Optional.of(ended);
      }
    }
    return Optional.empty();
  }
}
